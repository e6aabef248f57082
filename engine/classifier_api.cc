// linnet/classifier.h over the sequence runner.
#include "linnet/classifier.h"

#include <new>

#include "base/failure.h"
#include "engine/classify.h"
#include "kernels/float_env.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

struct Classifier::Impl {
  ClassifyOptions options;
  std::unique_ptr<engine::SequenceRunner> runner;

  // The sequences of one input: one, or a window after the other.
  Status prepare_pair(const TextPair& input, tokenizer::Scratch& scratch, std::vector<Sequence>& out,
                      EmbedStats& stats) const;
  Status prepare(const TextPair& input, tokenizer::Scratch& scratch, std::vector<Sequence>& out,
                 EmbedStats& stats) const;
};

Result<Classifier> Classifier::create(const Model& model, const ClassifyOptions& options) try {
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kClassify,
                                               engine::kClassifyRows);
  if (!runner.ok()) return runner.status();
  if (options.long_texts == LongText::kSplit) {
    Status s = engine::check_stride(options.stride, runner.value()->room());
    if (!s.ok()) return s;
  }
  return Classifier(
      std::unique_ptr<Impl>(new Impl{options, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for a classifier");
}

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

const std::vector<std::string>& Classifier::labels() const {
  return impl_->runner->config().head.labels;
}
ProblemType Classifier::problem() const { return impl_->runner->config().head.problem; }

// Of a pair all tokens count: the longer text gives way.
Status Classifier::Impl::prepare_pair(const TextPair& input, tokenizer::Scratch& scratch,
                                      std::vector<Sequence>& out, EmbedStats& stats) const {
  const engine::SequenceFormat& format = runner->format();
  Tokens text, pair;
  Status s = engine::tokenize(runner->wordpiece(), input.text, SIZE_MAX, scratch, text);
  if (s.ok()) s = engine::tokenize(runner->wordpiece(), input.pair, SIZE_MAX, scratch, pair);
  if (!s.ok()) return s;
  const size_t room = format.max_length - format.pair_specials();
  const engine::PairSizes sizes = engine::longest_first(text.size(), pair.size(), room);
  const bool truncated = sizes.a < text.size() || sizes.b < pair.size();
  if (truncated && options.long_texts != LongText::kTruncate) {
    return {Code::kInvalidArgument,
            "the pair has more than " + std::to_string(format.max_length) + " tokens"};
  }
  out.push_back(engine::pair_sequence(format, text, sizes.a, pair, 0, sizes.b));
  stats = {.texts = 1,
           .tokens = out.back().size(),
           .truncated = truncated ? 1u : 0u,
           .repaired = text.num_repaired + pair.num_repaired,
           .profile = {}};
  return {};
}

Status Classifier::Impl::prepare(const TextPair& input, tokenizer::Scratch& scratch,
                                 std::vector<Sequence>& out, EmbedStats& stats) const {
  if (input.has_pair) return prepare_pair(input, scratch, out, stats);
  Tokens tokens;
  Status s = runner->tokenize_alone(input.text, options.long_texts, scratch, tokens, stats);
  if (!s.ok()) return s;
  for (const auto& [begin, end] : engine::token_windows(tokens.size(), runner->room(), options.stride)) {
    out.push_back(engine::single_sequence(runner->format(), tokens, begin, end));
    stats.tokens += out.back().size();
  }
  return {};
}

Status Classifier::logits(std::span<const TextPair> inputs, std::span<float> logits,
                          EmbedStats* stats, TextProblems problems) try {
  const size_t labels = num_labels();
  if (logits.size() != inputs.size() * labels) {
    return {Code::kInvalidArgument, "logits has room for " + std::to_string(logits.size()) +
                                        " numbers, expected " + std::to_string(inputs.size()) +
                                        " x " + std::to_string(labels)};
  }
  std::vector<std::vector<Sequence>> parts(inputs.size());
  std::vector<EmbedStats> counted(inputs.size());
  std::vector<Status> found(inputs.size());
  Status status = impl_->runner->for_each(inputs.size(), stats, [&](size_t i, tokenizer::Scratch& scratch) {
    found[i] = impl_->prepare(inputs[i], scratch, parts[i], counted[i]);
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;

  std::vector<const Sequence*> sequences;
  std::vector<size_t> begin(inputs.size() + 1, 0);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (found[i].ok()) {
      for (const Sequence& sequence : parts[i]) sequences.push_back(&sequence);
      if (stats != nullptr) engine::add_stats(counted[i], *stats);
    }
    begin[i + 1] = sequences.size();
  }
  std::vector<float> windows(sequences.size() * labels);
  status = engine::classify_sequences(*impl_->runner, sequences, windows);
  if (!status.ok()) return status;
  const kernels::FloatEnv float_env;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const size_t n = begin[i + 1] - begin[i];
    if (n == 0) continue;
    impl_->runner->kernels().mean_rows(windows.data() + begin[i] * labels, labels, n, labels,
                                       logits.data() + i * labels);
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to classify these texts");
}

Status Classifier::to_scores(std::span<float> logits) const try {
  const size_t labels = num_labels();
  if (logits.size() % labels != 0) {
    return {Code::kInvalidArgument, std::to_string(logits.size()) + " logits, expected rows of " +
                                        std::to_string(labels)};
  }
  const kernels::FloatEnv float_env;
  const kernels::Kernels& kernels = impl_->runner->kernels();
  if (problem() == ProblemType::kRegression) return {};
  for (size_t at = 0; at < logits.size(); at += labels) {
    if (problem() == ProblemType::kMultiLabel) {
      engine::sigmoid(kernels, logits.subspan(at, labels));
    } else {
      engine::softmax(kernels, logits.subspan(at, labels));
    }
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to classify these texts");
}

}  // namespace linnet
