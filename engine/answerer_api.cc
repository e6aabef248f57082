// linnet/answerer.h over the sequence runner.
#include "linnet/answerer.h"

#include <algorithm>
#include <new>

#include "base/failure.h"
#include "engine/answers.h"
#include "engine/sequence_runner.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

namespace {

constexpr size_t kAnswerRows = 64;
constexpr uint32_t kDefaultLength = 384, kDefaultStride = 128;  // as the reference

struct AnswerJob {
  Tokens context;
  std::vector<Sequence> windows;
  std::vector<std::vector<float>> logits;  // [windows][tokens, 2]
  size_t num_repaired = 0;
};

}  // namespace

struct Answerer::Impl {
  AnswerOptions options;
  std::unique_ptr<engine::SequenceRunner> runner;

  Status prepare(const Question& question, tokenizer::Scratch& scratch, AnswerJob& job) const;
  Status run(std::vector<AnswerJob>& jobs);
};

Result<Answerer> Answerer::create(const Model& model, const AnswerOptions& options) try {
  AnswerOptions chosen = options;
  if (chosen.task.max_length == 0) {
    chosen.task.max_length = std::min(model.info().max_length, kDefaultLength);
  }
  if (chosen.top_k < 1 || chosen.max_answer_tokens < 1) {
    return Status{Code::kInvalidArgument, "top_k " + std::to_string(chosen.top_k) +
                                              " and max_answer_tokens " +
                                              std::to_string(chosen.max_answer_tokens) +
                                              ", expected at least 1"};
  }
  auto runner = engine::SequenceRunner::create(model, chosen.task, Task::kAnswer, kAnswerRows);
  if (!runner.ok()) return runner.status();
  if (chosen.stride == 0) chosen.stride = std::min(chosen.task.max_length / 2, kDefaultStride);
  if (Status s = engine::check_stride(chosen.stride, chosen.task.max_length); !s.ok()) return s;
  return Answerer(std::unique_ptr<Impl>(new Impl{chosen, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for an answerer");
}

Answerer::Answerer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Answerer::Answerer(Answerer&&) noexcept = default;
Answerer& Answerer::operator=(Answerer&&) noexcept = default;
Answerer::~Answerer() = default;

Status Answerer::Impl::prepare(const Question& question, tokenizer::Scratch& scratch,
                               AnswerJob& job) const {
  const engine::SequenceFormat& format = runner->format();
  Tokens asked;
  Status status =
      engine::tokenize(runner->wordpiece(), question.question, format.max_length, scratch, asked);
  if (!status.ok()) return {status.code, "question: " + status.message};
  status = engine::tokenize(runner->wordpiece(), question.context, SIZE_MAX, scratch, job.context);
  if (!status.ok()) return {status.code, "context: " + status.message};
  job.num_repaired = asked.num_repaired + job.context.num_repaired;
  if (asked.size() + format.pair_specials() >= format.max_length) {
    return {Code::kInvalidArgument, "the question has " + std::to_string(asked.size()) +
                                        (asked.truncated ? " or more" : "") +
                                        " tokens; a maximum of " +
                                        std::to_string(format.max_length) +
                                        " leaves no room for the context"};
  }
  const size_t room = format.max_length - format.pair_specials() - asked.size();
  const size_t stride = options.stride < room ? options.stride : room / 2;
  for (const auto& [begin, end] : engine::token_windows(job.context.size(), room, stride)) {
    job.windows.push_back(
        engine::pair_sequence(format, asked, asked.size(), job.context, begin, end));
  }
  return {};
}

Status Answerer::Impl::run(std::vector<AnswerJob>& jobs) {
  std::vector<const Sequence*> sequences;
  std::vector<std::vector<float>*> results;
  for (AnswerJob& job : jobs) {
    job.logits.resize(job.windows.size());
    for (size_t w = 0; w < job.windows.size(); ++w) {
      job.logits[w].resize(job.windows[w].size() * 2);
      sequences.push_back(&job.windows[w]);
      results.push_back(&job.logits[w]);
    }
  }
  return runner->run(sequences, [&](engine::Chunk& chunk) {
    const engine::PackedBatch& batch = chunk.batch;
    std::vector<uint32_t> rows(batch.num_tokens());
    for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    engine::head_logits(runner->config(), runner->head(), runner->kernels(), chunk.hidden,
                        chunk.stride, rows, chunk.head, [&](size_t row, const float* logits) {
                          const size_t text = batch.row_text[row];
                          std::copy_n(logits, 2, results[chunk.sequences[text]]->data() +
                                                     (row - batch.row_begin[text]) * 2);
                        });
  });
}

Status Answerer::answer(std::span<const Question> questions,
                        std::vector<std::vector<Answer>>& answers, EmbedStats* stats,
                        TextProblems problems) try {
  const size_t n = questions.size();
  answers.assign(n, {});
  std::vector<AnswerJob> jobs(n);
  std::vector<Status> found(n);
  Status status = impl_->runner->for_each(n, stats, [&](size_t i, tokenizer::Scratch& scratch) {
    found[i] = impl_->prepare(questions[i], scratch, jobs[i]);
    if (!found[i].ok()) jobs[i] = {};
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;
  if (status = impl_->run(jobs); !status.ok()) return status;
  status = impl_->runner->for_each(n, nullptr, [&](size_t i, tokenizer::Scratch&) {
    const AnswerJob& job = jobs[i];
    if (job.windows.empty()) return;
    engine::AnswerCollector collector(impl_->options, questions[i].context, job.context);
    for (size_t w = 0; w < job.windows.size(); ++w) {
      collector.add_window(job.windows[w], job.logits[w].data(), impl_->runner->kernels());
    }
    answers[i] = collector.best();
  });
  if (!status.ok()) return status;
  for (size_t i = 0; stats != nullptr && i < n; ++i) {
    if (!found[i].ok()) continue;
    stats->texts += 1;
    for (const Sequence& window : jobs[i].windows) stats->tokens += window.size();
    stats->repaired += jobs[i].num_repaired;
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to answer these questions");
}

}  // namespace linnet
