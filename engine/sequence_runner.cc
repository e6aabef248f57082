#include "engine/sequence_runner.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <numeric>

#include "engine/encoder.h"
#include "kernels/float_env.h"

namespace linnet::engine {
namespace {

const char* head_name(Task task) {
  switch (task) {
    case Task::kEmbed:
      return "no head";
    case Task::kClassify:
      return "a sequence-classification head";
    case Task::kTag:
      return "a token-classification head";
    case Task::kAnswer:
      return "a question-answering head";
    case Task::kFill:
      return "a masked-word head";
  }
  return "";
}

// Sequences of about one length share a chunk, long ones first, so that no worker ends with a long one.
std::vector<size_t> longest_first_order(std::span<const Sequence* const> sequences) {
  std::vector<size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sequences[a]->size() > sequences[b]->size();
  });
  return order;
}

void add_sequence(const Sequence& sequence, bool has_types, PackedBatch& batch) {
  const size_t begin = batch.num_tokens();
  std::copy(sequence.ids.begin(), sequence.ids.end(), batch.ids.begin() + static_cast<ptrdiff_t>(begin));
  batch.add_text(sequence.size());
  for (size_t i = sequence.second_begin; has_types && i < sequence.size(); ++i) {
    batch.type_ids[begin + i] = 1;
  }
}

}  // namespace

Status check_task(const ModelInfo& info, Task task) {
  if (task == Task::kEmbed || info.task == task) return {};
  const std::string has = info.task == Task::kEmbed
                              ? std::string("it has no head, and can embed")
                              : std::string("it has ") + head_name(info.task) + " (" +
                                    info.architecture + ")";
  return {Code::kInvalidArgument,
          info.path + ": this model has no " + (head_name(task) + 2) + "; " + has};
}

void add_stats(const EmbedStats& from, EmbedStats& to) {
  to.texts += from.texts;
  to.tokens += from.tokens;
  to.truncated += from.truncated;
  to.repaired += from.repaired;
}

Status Problems::first(std::span<const Status> found) const {
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].ok()) continue;
    if (all.empty()) {
      return {found[i].code, "text " + std::to_string(i) + ": " + found[i].message};
    }
    all[i] = found[i];
  }
  return {};
}

Result<std::unique_ptr<SequenceRunner>> SequenceRunner::create(const Model& model,
                                                               const TaskOptions& options, Task task,
                                                               size_t max_rows,
                                                               size_t max_columns) try {
  const ModelInfo& info = model.info();
  if (Status s = check_task(info, task); !s.ok()) return s;
  const uint32_t max_length = options.max_length == 0 ? info.max_length : options.max_length;
  const auto format = sequence_format(model.impl().tokenizer_impl->wordpiece,
                                      model.impl().image->config(), max_length);
  if (!format.ok()) return Status{format.status().code, info.path + ": " + format.status().message};
  const auto least = static_cast<uint32_t>(format.value().pair_specials() + 2);
  if (max_length < least || max_length > info.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(max_length) +
                                              ", expected " + std::to_string(least) + " to " +
                                              std::to_string(info.max_positions) +
                                              ", the positions this model has"};
  }
  constexpr uint32_t kMostThreads = 1024;
  if (options.num_threads < 1 || options.num_threads > kMostThreads) {
    return Status{Code::kInvalidArgument, "num_threads " + std::to_string(options.num_threads) +
                                              ", expected 1 to " + std::to_string(kMostThreads)};
  }
  return std::unique_ptr<SequenceRunner>(
      new SequenceRunner(model, options, format.value(), max_rows, max_columns));
} catch (const std::bad_alloc&) {
  return Status{Code::kOutOfMemory, "not enough memory for the workspaces of " +
                                        std::to_string(options.num_threads) + " threads"};
}

SequenceRunner::SequenceRunner(const Model& model, const TaskOptions& options,
                               const SequenceFormat& format, size_t max_rows, size_t max_columns)
    : model_(model),
      pipeline_{.config = model_.impl().image->config(),
                .weights = model_.impl().weights,
                .kernels = *model_.impl().kernels,
                .wordpiece = model_.impl().tokenizer_impl->wordpiece,
                .head = {},
                .prompt = {},
                .max_length = format.max_length},
      format_(format),
      threads_(options.num_threads),
      workers_(options.num_threads),
      head_workspaces_(options.num_threads) {
  // Each worker makes its own, so that it touches that memory first.
  const Status made = on_workers([&](uint32_t worker) {
    workers_[worker].emplace(pipeline_);
    head_workspaces_[worker].emplace(pipeline_.config,
                                     max_rows == 0 ? kChunkTokens + format.max_length : max_rows,
                                     max_columns);
  });
  if (!made.ok()) throw std::bad_alloc();
}

Status SequenceRunner::on_workers(const std::function<void(uint32_t)>& work) {
  std::atomic<bool> enough_memory{true};
  threads_.run([&](uint32_t worker) {
    try {
      const kernels::FloatEnv float_env;
      work(worker);
    } catch (const std::bad_alloc&) {
      enough_memory = false;
    }
  });
  return enough_memory ? Status{} : Status{Code::kOutOfMemory, "not enough memory for these texts"};
}

Status SequenceRunner::for_each(size_t n,
                                const std::function<void(size_t, tokenizer::Scratch&)>& work) {
  std::atomic<size_t> next{0};
  return on_workers([&](uint32_t worker) {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;) {
      work(i, workers_[worker]->scratch);
    }
  });
}

Status SequenceRunner::run(std::span<const Sequence* const> sequences,
                           const std::function<void(Chunk&)>& head, OutputRows rows) {
  const std::vector<size_t> order = longest_first_order(sequences);
  const size_t num_workers = workers_.size();
  const size_t share = (sequences.size() + num_workers - 1) / num_workers;
  const size_t max_texts = std::min(kChunkTokens / 2, share);
  const bool has_types = pipeline_.config.encoder.type_vocab_size > 1;
  std::atomic<size_t> next{0};
  return on_workers([&](uint32_t index) {
    Worker& worker = *workers_[index];
    PackedBatch& batch = worker.batch;
    while (true) {
      batch.clear();
      worker.text_indices.clear();
      while (batch.num_tokens() < kChunkTokens && batch.num_texts() < max_texts) {
        const size_t at = next.fetch_add(1, std::memory_order_relaxed);
        if (at >= order.size()) break;
        add_sequence(*sequences[order[at]], has_types, batch);
        worker.text_indices.push_back(order[at]);
      }
      if (batch.num_texts() == 0) return;
      encoder_forward(pipeline_.config.encoder, pipeline_.weights, pipeline_.kernels, batch,
                      worker.workspace, {.rows = rows});
      Chunk chunk{batch, worker.workspace.hidden.data(), worker.workspace.hidden_stride,
                  worker.text_indices, *head_workspaces_[index], worker.workspace};
      head(chunk);
    }
  });
}

const float* SequenceRunner::pool(Chunk& chunk, const EmbeddingHead& head) const {
  return embedding_head(pipeline_.config, head, pipeline_.weights, pipeline_.kernels, chunk.batch,
                        chunk.workspace);
}

}  // namespace linnet::engine
