// linnet/reranker.h over the sequence runner.
#include "linnet/reranker.h"

#include <new>

#include "base/failure.h"
#include "engine/classify.h"
#include "kernels/float_env.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

struct Reranker::Impl {
  bool sigmoid;
  std::unique_ptr<engine::SequenceRunner> runner;
};

Result<Reranker> Reranker::create(const Model& model, const RerankOptions& options) try {
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kClassify,
                                               engine::kClassifyRows);
  if (!runner.ok()) return runner.status();
  const engine::HeadConfig& head = runner.value()->config().head;
  if (head.num_outputs != 1) {
    return Status{Code::kInvalidArgument,
                  model.info().path + ": this model has " + std::to_string(head.num_outputs) +
                      " labels; a reranker has one output"};
  }
  const bool sigmoid =
      !options.raw && !head.raw_scores && head.problem != ProblemType::kRegression;
  return Reranker(std::unique_ptr<Impl>(new Impl{sigmoid, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for a reranker");
}

Reranker::Reranker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reranker::Reranker(Reranker&&) noexcept = default;
Reranker& Reranker::operator=(Reranker&&) noexcept = default;
Reranker::~Reranker() = default;

Status Reranker::score(std::string_view query, std::span<const std::string_view> documents,
                       std::span<float> scores, EmbedStats* stats, TextProblems problems) try {
  if (scores.size() != documents.size()) {
    return {Code::kInvalidArgument, "scores has room for " + std::to_string(scores.size()) +
                                        " numbers, expected " + std::to_string(documents.size())};
  }
  engine::SequenceRunner& runner = *impl_->runner;
  const engine::SequenceFormat& format = runner.format();
  tokenizer::Scratch query_scratch;
  Tokens asked;
  Status status =
      engine::tokenize(runner.wordpiece(), query, SIZE_MAX, query_scratch, asked);
  if (!status.ok()) return {status.code, "query: " + status.message};

  std::vector<Sequence> sequences(documents.size());
  std::vector<EmbedStats> counted(documents.size());
  std::vector<Status> found(documents.size());
  status = runner.for_each(documents.size(), stats, [&](size_t i, tokenizer::Scratch& scratch) {
    Tokens document;
    found[i] = engine::tokenize(runner.wordpiece(), documents[i], SIZE_MAX, scratch, document);
    if (!found[i].ok()) return;
    const size_t room = format.max_length - format.pair_specials();
    const engine::PairSizes sizes = engine::longest_first(asked.size(), document.size(), room);
    sequences[i] = engine::pair_sequence(format, asked, sizes.a, document, 0, sizes.b);
    const bool truncated = sizes.a < asked.size() || sizes.b < document.size();
    counted[i] = {.texts = 1,
                  .tokens = sequences[i].size(),
                  .truncated = truncated ? 1u : 0u,
                  .repaired = document.num_repaired,
                  .profile = {}};
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;

  std::vector<const Sequence*> good;
  std::vector<size_t> index;
  for (size_t i = 0; i < documents.size(); ++i) {
    if (!found[i].ok()) continue;
    good.push_back(&sequences[i]);
    index.push_back(i);
    if (stats != nullptr) engine::add_stats(counted[i], *stats);
  }
  std::vector<float> logits(good.size());
  status = engine::classify_sequences(runner, good, logits);
  if (!status.ok()) return status;
  const kernels::FloatEnv float_env;
  if (impl_->sigmoid) engine::sigmoid(runner.kernels(), logits);
  for (size_t i = 0; i < good.size(); ++i) scores[index[i]] = logits[i];
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to score these documents");
}

}  // namespace linnet
