#include "engine/sequence_runner.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <new>
#include <numeric>

#include "base/failure.h"
#include "kernels/float_env.h"

namespace linnet::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kTextsAlone = 16;

const char* head_name(Task task) {
  switch (task) {
    case Task::kEmbed:
      break;
    case Task::kClassify:
      return "sequence-classification head";
    case Task::kTag:
      return "token-classification head";
    case Task::kAnswer:
      return "question-answering head";
    case Task::kFill:
      return "masked-word head";
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
  assert(begin + sequence.size() <= batch.ids.size());
  std::copy(sequence.ids.begin(), sequence.ids.end(), batch.ids.begin() + static_cast<ptrdiff_t>(begin));
  batch.add_text(sequence.size());
  for (size_t i = sequence.second_begin; has_types && i < sequence.size(); ++i) {
    batch.type_ids[begin + i] = 1;
  }
}

Status out_of_memory() { return base::out_of_memory("not enough memory for these texts"); }

}  // namespace

Status check_task(const ModelInfo& info, Task task) {
  if (task == Task::kEmbed || info.task == task) return {};
  const std::string has = info.task == Task::kEmbed
                              ? std::string("it has no head, and can embed")
                              : std::string("it has a ") + head_name(info.task) + " (" +
                                    info.architecture + ")";
  return {Code::kInvalidArgument,
          info.path + ": this model has no " + head_name(task) + "; " + has};
}

Status check_problems(TextProblems problems, size_t num_texts) {
  if (problems.empty() || problems.size() == num_texts) return {};
  return {Code::kInvalidArgument, "problems has " + std::to_string(problems.size()) + " places, expected " +
                                      std::to_string(num_texts) + ", one for each text"};
}

Status keep_problems(std::span<const Status> found, TextProblems problems) {
  if (Status s = check_problems(problems, found.size()); !s.ok()) return s;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].ok()) continue;
    if (problems.empty()) return {found[i].code, "text " + std::to_string(i) + ": " + found[i].message};
    problems[i] = found[i];
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
                                      model.impl().image->config(), max_length,
                                      task == Task::kClassify || task == Task::kAnswer);
  if (!format.ok()) return Status{format.status().code, info.path + ": " + format.status().message};
  const auto least = static_cast<uint32_t>(format.value().pair_specials() + 2);
  if (max_length < least || max_length > info.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(max_length) +
                                              ", expected " + std::to_string(least) + " to " +
                                              std::to_string(info.max_positions) +
                                              ", the positions this model has"};
  }
  if (Status s = check_num_threads(options.num_threads); !s.ok()) return s;
  return std::unique_ptr<SequenceRunner>(
      new SequenceRunner(model, options, format.value(), max_rows, max_columns));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the workspaces of the threads");
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
                .max_length = format.max_length,
                .chunk_tokens = model_.chunk_tokens(options.num_threads)},
      format_(format),
      crew_(pipeline_, options.num_threads, options.mode),
      row_numbers_(crew_.worker(0).max_texts),
      head_workspaces_(options.num_threads) {
  std::iota(row_numbers_.begin(), row_numbers_.end(), 0u);
  const size_t rows = max_rows == 0 ? pipeline_.chunk_tokens + format.max_length : max_rows;
  const bool made = crew_.on_workers(
      [&](uint32_t worker) { head_workspaces_[worker].emplace(pipeline_.config, rows, max_columns); });
  if (!made) throw std::bad_alloc();
}

Status SequenceRunner::tokenize_alone(std::string_view text, LongText long_texts,
                                      tokenizer::Scratch& scratch, Tokens& tokens,
                                      EmbedStats& stats) const {
  const size_t limit = long_texts == LongText::kSplit ? SIZE_MAX : room();
  if (Status s = tokenize(wordpiece(), text, limit, scratch, tokens); !s.ok()) return s;
  if (tokens.truncated && long_texts == LongText::kError) {
    return {Code::kInvalidArgument,
            "the text has more than " + std::to_string(format_.max_length) + " tokens"};
  }
  stats = {.texts = 1,
           .tokens = 0,
           .truncated = tokens.truncated ? 1u : 0u,
           .repaired = tokens.num_repaired,
           .profile = {}};
  return {};
}

Status SequenceRunner::for_each(size_t n, EmbedStats* stats,
                                const std::function<void(size_t, tokenizer::Scratch&)>& work) {
  std::atomic<size_t> next{0};
  std::atomic<double> seconds{0};
  const auto draw = [&](uint32_t worker) {
    const Clock::time_point start = Clock::now();
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < n;) {
      work(i, crew_.worker(worker).scratch);
    }
    seconds.fetch_add(std::chrono::duration<double>(Clock::now() - start).count());
  };
  // Waking others takes longer than tokenizing a few texts.
  const bool alone = n <= kTextsAlone;
  if (alone) {
    const kernels::FloatEnv float_env;
    draw(0);
    seconds = seconds * crew_.size();  // the others wait
  } else if (!crew_.on_workers(draw)) {
    return out_of_memory();
  }
  if (stats != nullptr) stats->tokenize_seconds += seconds;
  return {};
}

Status SequenceRunner::run(std::span<const Sequence* const> sequences,
                           const std::function<void(Chunk&)>& head, OutputRows rows) {
  const std::vector<size_t> order = longest_first_order(sequences);
  const bool has_types = pipeline_.config.encoder.type_vocab_size > 1;
  size_t tokens = 0;
  for (const Sequence* sequence : sequences) tokens += sequence->size();
  std::atomic<size_t> next{0};
  const ChunkWork work{
      .fill =
          [&](Worker& worker, size_t max_texts) {
            PackedBatch& batch = worker.batch;
            while (batch.num_tokens() < pipeline_.chunk_tokens && batch.num_texts() < max_texts) {
              const size_t at = next.fetch_add(1, std::memory_order_relaxed);
              if (at >= order.size()) break;
              add_sequence(*sequences[order[at]], has_types, batch);
              worker.text_indices.push_back(order[at]);
            }
          },
      .finish =
          [&](Worker& worker, uint32_t index) {
            const PackedBatch& batch = worker.batch;
            const uint32_t* first =
                rows == OutputRows::kFirst ? row_numbers_.data() : batch.row_begin.data();
            Chunk chunk{batch,
                        worker.workspace.hidden.data(),
                        worker.workspace.hidden_stride,
                        worker.text_indices,
                        {first, batch.num_texts()},
                        *head_workspaces_[index],
                        worker.workspace};
            head(chunk);
          },
      .rows = rows};
  return crew_.run(sequences.size(), tokens, work) ? Status{} : out_of_memory();
}

const float* SequenceRunner::pool(Chunk& chunk, const EmbeddingHead& head) const {
  return embedding_head(pipeline_.config, head, pipeline_.weights, pipeline_.kernels, chunk.batch,
                        chunk.workspace);
}

}  // namespace linnet::engine
