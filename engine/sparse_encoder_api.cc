// linnet/sparse_encoder.h over the sequence runner.
#include "linnet/sparse_encoder.h"

#include <algorithm>
#include <new>
#include <numeric>

#include "base/failure.h"
#include "engine/sequence_runner.h"
#include "engine/sparse_head.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

struct SparseEncoder::Impl {
  SparseOptions options;
  std::unique_ptr<engine::SequenceRunner> runner;

  Status prepare(std::string_view text, tokenizer::Scratch& scratch, std::vector<Sequence>& windows,
                 EmbedStats& stats) const;
};

namespace {

// Logits [vocabulary] as weights, log(1 + max(x, 0)) in their place, and those above 0, the heaviest first.
SparseVector weigh(const kernels::Kernels& kernels, std::vector<float>& logits, uint32_t top_k) {
  kernels.log1p_relu(logits.data(), logits.size(), 1, logits.size());
  const std::vector<float>& weights = logits;
  SparseVector vector;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0) vector.tokens.push_back(static_cast<int32_t>(i));
  }
  const auto heavier = [&](int32_t a, int32_t b) {
    const float x = weights[static_cast<size_t>(a)], y = weights[static_cast<size_t>(b)];
    return x != y ? x > y : a < b;
  };
  size_t kept = vector.tokens.size();
  if (top_k > 0) kept = std::min<size_t>(kept, top_k);
  const auto end = vector.tokens.begin() + static_cast<ptrdiff_t>(kept);
  std::partial_sort(vector.tokens.begin(), end, vector.tokens.end(), heavier);
  vector.tokens.erase(end, vector.tokens.end());
  for (const int32_t token : vector.tokens) {
    vector.weights.push_back(weights[static_cast<size_t>(token)]);
  }
  return vector;
}

// Texts whose logits [vocabulary] are held at a time.
constexpr size_t kTextsAtATime = 256;

}  // namespace

Result<SparseEncoder> SparseEncoder::create(const Model& model, const SparseOptions& options) try {
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kFill, 0,
                                               engine::kSparseColumns);
  if (!runner.ok()) return runner.status();
  if (Status s = engine::check_stride(options.stride, runner.value()->room()); !s.ok()) return s;
  return SparseEncoder(std::unique_ptr<Impl>(new Impl{options, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for an encoder");
}

SparseEncoder::SparseEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SparseEncoder::SparseEncoder(SparseEncoder&&) noexcept = default;
SparseEncoder& SparseEncoder::operator=(SparseEncoder&&) noexcept = default;
SparseEncoder::~SparseEncoder() = default;

Status SparseEncoder::Impl::prepare(std::string_view text, tokenizer::Scratch& scratch,
                                    std::vector<Sequence>& windows, EmbedStats& stats) const {
  Tokens tokens;
  Status status = runner->tokenize_alone(text, options.long_texts, scratch, tokens, stats);
  if (!status.ok()) return status;
  for (const auto& [begin, end] : engine::token_windows(tokens.size(), runner->room(), options.stride)) {
    windows.push_back(engine::single_sequence(runner->format(), tokens, begin, end));
    stats.tokens += windows.back().size();
  }
  return {};
}

Status SparseEncoder::encode(std::span<const std::string_view> texts,
                             std::vector<SparseVector>& vectors, EmbedStats* stats,
                             TextProblems problems) try {
  engine::SequenceRunner& runner = *impl_->runner;
  const size_t vocabulary = runner.config().head.num_outputs;
  if (Status s = engine::check_problems(problems, texts.size()); !s.ok()) return s;
  vectors.assign(texts.size(), {});
  for (size_t begin = 0; begin < texts.size(); begin += kTextsAtATime) {
    const size_t n = std::min(kTextsAtATime, texts.size() - begin);
    std::vector<std::vector<Sequence>> windows(n);
    std::vector<EmbedStats> counted(n);
    std::vector<Status> found(n);
    Status status = runner.for_each(n, stats, [&](size_t i, tokenizer::Scratch& scratch) {
      found[i] = impl_->prepare(texts[begin + i], scratch, windows[i], counted[i]);
    });
    if (!status.ok()) return status;
    const TextProblems some = problems.empty() ? problems : problems.subspan(begin, n);
    if (Status s = engine::keep_problems(found, some); !s.ok()) return s;

    std::vector<const Sequence*> sequences;
    std::vector<size_t> text_of;
    for (size_t i = 0; i < n; ++i) {
      for (const Sequence& window : windows[i]) {
        sequences.push_back(&window);
        text_of.push_back(i);
      }
    }
    std::vector<std::vector<float>> logits(sequences.size(), std::vector<float>(vocabulary));
    status = runner.run(sequences, [&](engine::Chunk& chunk) {
      std::vector<uint32_t> rows(chunk.batch.num_tokens());
      std::iota(rows.begin(), rows.end(), 0u);
      const engine::Rows x = engine::transform_rows(runner.config(), runner.head(), runner.kernels(),
                                                    chunk.hidden, chunk.stride, rows, chunk.head);
      engine::largest_logits(runner.kernels(), runner.head().output, x, chunk.batch, chunk.head,
                             [&](size_t text, size_t first, size_t count, const float* largest) {
                               std::copy_n(largest, count, logits[chunk.sequences[text]].data() + first);
                             });
    });
    if (!status.ok()) return status;
    for (size_t s = sequences.size(); s-- > 1;) {  // windows of one text are neighbours
      if (text_of[s] != text_of[s - 1]) continue;
      for (size_t v = 0; v < vocabulary; ++v) {
        logits[s - 1][v] = std::max(logits[s - 1][v], logits[s][v]);
      }
      logits[s].clear();
    }
    status = runner.for_each(sequences.size(), nullptr, [&](size_t s, tokenizer::Scratch&) {
      if (logits[s].empty()) return;
      vectors[begin + text_of[s]] = weigh(runner.kernels(), logits[s], impl_->options.top_k);
    });
    if (!status.ok()) return status;
    for (size_t i = 0; stats != nullptr && i < n; ++i) {
      if (found[i].ok()) engine::add_stats(counted[i], *stats);
    }
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to encode these texts");
}

}  // namespace linnet
