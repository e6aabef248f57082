// linnet/zero_shot.h over the sequence runner.
#include "linnet/zero_shot.h"

#include <algorithm>
#include <new>

#include "base/failure.h"
#include "engine/classify.h"
#include "kernels/float_env.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

struct ZeroShot::Impl {
  bool multi_label;
  size_t entailment, contradiction;  // columns of the logits
  std::vector<Tokens> hypotheses;    // [labels]
  std::unique_ptr<engine::SequenceRunner> runner;
};

namespace {

// The label that starts with "entail", in any case: ZeroShotClassificationPipeline.entailment_id.
Result<size_t> entailment_label(const Model& model) {
  std::string names;
  for (size_t i = 0; i < model.info().labels.size(); ++i) {
    std::string name = model.info().labels[i];
    names += (i > 0 ? ", " : "") + name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name.starts_with("entail")) return i;
  }
  return Status{Code::kInvalidArgument,
                model.info().path + ": no label of this model starts with \"entail\"; it has: " + names};
}

}  // namespace

Result<ZeroShot> ZeroShot::create(const Model& model, const ZeroShotOptions& options) try {
  if (Status s = engine::check_task(model.info(), Task::kClassify); !s.ok()) return s;
  if (options.labels.empty()) return Status{Code::kInvalidArgument, "no labels are given"};
  const size_t mark = options.hypothesis.find("{}");
  if (mark == std::string::npos) {
    return Status{Code::kInvalidArgument, "the template \"" + options.hypothesis +
                                              "\" has no {}, where the label goes"};
  }
  const auto entailment = entailment_label(model);
  if (!entailment.ok()) return entailment.status();
  const size_t labels = model.info().labels.size();
  if (labels < 2) {
    return Status{Code::kInvalidArgument, model.info().path + ": this model has one label, expected "
                                                              "entailment and contradiction"};
  }
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kClassify,
                                               engine::kClassifyRows);
  if (!runner.ok()) return runner.status();
  auto impl = std::unique_ptr<Impl>(
      new Impl{options.multi_label || options.labels.size() == 1, entailment.value(),
               entailment.value() == 0 ? labels - 1 : 0, {}, std::move(runner.value())});
  const engine::SequenceFormat& format = impl->runner->format();
  tokenizer::Scratch scratch;
  for (const std::string& label : options.labels) {
    std::string hypothesis = options.hypothesis;
    hypothesis.replace(mark, 2, label);
    Tokens& tokens = impl->hypotheses.emplace_back();
    Status s = engine::tokenize(impl->runner->wordpiece(), hypothesis, format.max_length, scratch,
                                tokens);
    if (!s.ok()) return s;
    if (tokens.size() + format.pair_specials() >= format.max_length) {
      return Status{Code::kInvalidArgument,
                    "the hypothesis \"" + hypothesis + "\" has so many tokens that a maximum of " +
                        std::to_string(format.max_length) + " leaves no room for a text"};
    }
  }
  return ZeroShot(std::move(impl));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the labels");
}

ZeroShot::ZeroShot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ZeroShot::ZeroShot(ZeroShot&&) noexcept = default;
ZeroShot& ZeroShot::operator=(ZeroShot&&) noexcept = default;
ZeroShot::~ZeroShot() = default;

Status ZeroShot::score(std::span<const std::string_view> texts, std::span<float> scores,
                       EmbedStats* stats, TextProblems problems) try {
  engine::SequenceRunner& runner = *impl_->runner;
  const engine::SequenceFormat& format = runner.format();
  const size_t labels = impl_->hypotheses.size();
  if (scores.size() != texts.size() * labels) {
    return {Code::kInvalidArgument, "scores has room for " + std::to_string(scores.size()) +
                                        " numbers, expected " + std::to_string(texts.size()) + " x " +
                                        std::to_string(labels)};
  }
  std::vector<Sequence> sequences(texts.size() * labels);
  std::vector<EmbedStats> counted(texts.size());
  std::vector<Status> found(texts.size());
  Status status = runner.for_each(texts.size(), stats, [&](size_t i, tokenizer::Scratch& scratch) {
    Tokens text;
    found[i] = engine::tokenize(runner.wordpiece(), texts[i], format.max_length, scratch, text);
    if (!found[i].ok()) return;
    counted[i].texts = 1;
    counted[i].repaired = text.num_repaired;
    bool truncated = text.truncated;
    for (size_t l = 0; l < labels; ++l) {
      const Tokens& hypothesis = impl_->hypotheses[l];
      const size_t room = format.max_length - format.pair_specials() - hypothesis.size();
      truncated = truncated || text.size() > room;
      Sequence& sequence = sequences[i * labels + l];
      sequence = engine::pair_sequence(format, text, std::min(room, text.size()), hypothesis, 0,
                                       hypothesis.size());
      counted[i].tokens += sequence.size();
    }
    counted[i].truncated = truncated ? 1 : 0;
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;

  std::vector<const Sequence*> good;
  std::vector<size_t> index;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!found[i].ok()) continue;
    for (size_t l = 0; l < labels; ++l) good.push_back(&sequences[i * labels + l]);
    index.push_back(i);
    if (stats != nullptr) engine::add_stats(counted[i], *stats);
  }
  const size_t outputs = runner.config().head.num_outputs;
  std::vector<float> logits(good.size() * outputs);
  status = engine::classify_sequences(runner, good, logits);
  if (!status.ok()) return status;
  const kernels::FloatEnv float_env;
  for (size_t i = 0; i < index.size(); ++i) {
    const std::span<float> row = scores.subspan(index[i] * labels, labels);
    for (size_t l = 0; l < labels; ++l) {
      const float* of_label = logits.data() + (i * labels + l) * outputs;
      row[l] = of_label[impl_->entailment];
      if (!impl_->multi_label) continue;
      float pair[2] = {of_label[impl_->entailment], of_label[impl_->contradiction]};
      engine::softmax(runner.kernels(), pair);
      row[l] = pair[0];
    }
    if (!impl_->multi_label) engine::softmax(runner.kernels(), row);
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to score these texts");
}

}  // namespace linnet
