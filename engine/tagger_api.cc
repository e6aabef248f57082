// linnet/tagger.h over the sequence runner.
#include "linnet/tagger.h"

#include <algorithm>
#include <new>

#include "base/failure.h"
#include "engine/entities.h"
#include "engine/sequence_runner.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

namespace {

constexpr size_t kTagRows = 64;

// One text on its way: its tokens, its windows, and the scores of their tokens.
struct TagJob {
  std::string_view text;
  std::string joined;  // what text refers to, when it came as words
  Tokens tokens;
  std::vector<Sequence> windows;
  std::vector<std::vector<float>> scores;  // [windows][tokens of the text in it, labels]
};

size_t num_codepoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

struct Tagger::Impl {
  TagOptions options;
  std::vector<engine::LabelMeaning> meanings;
  std::string prefix;  // "##"
  int32_t unk_id;
  std::unique_ptr<engine::SequenceRunner> runner;

  bool splits() const {
    return options.long_texts == LongText::kSplit && options.aggregation != Aggregation::kNone;
  }
  size_t room() const { return runner->room(); }
  size_t stride() const { return options.stride == 0 ? room() / 4 : options.stride; }

  Status tokenize_words(const std::vector<std::string_view>& words, tokenizer::Scratch& scratch,
                        TagJob& job) const;
  Status make_windows(TagJob& job) const;
  Status run(std::vector<TagJob>& jobs, bool scores);
  std::vector<Entity> entities(const TagJob& job) const;
  template <typename Prepare>
  Status tag(size_t n, std::vector<std::vector<Entity>>& entities, EmbedStats* stats,
             TextProblems problems, const Prepare& prepare);
};

Result<Tagger> Tagger::create(const Model& model, const TagOptions& options) try {
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kTag, kTagRows);
  if (!runner.ok()) return runner.status();
  if (Status s = engine::check_stride(options.stride, runner.value()->room()); !s.ok()) return s;
  const tokenizer::WordPieceInfo info = runner.value()->wordpiece().info();
  auto meanings = engine::label_meanings(model.info().labels);
  return Tagger(std::unique_ptr<Impl>(new Impl{options, std::move(meanings), info.continuing_prefix,
                                               info.unk_id, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for a tagger");
}

Tagger::Tagger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tagger::Tagger(Tagger&&) noexcept = default;
Tagger& Tagger::operator=(Tagger&&) noexcept = default;
Tagger::~Tagger() = default;

const std::vector<std::string>& Tagger::labels() const { return impl_->runner->config().head.labels; }

Status Tagger::Impl::tokenize_words(const std::vector<std::string_view>& words,
                                    tokenizer::Scratch& scratch, TagJob& job) const {
  Tokens word;
  for (size_t w = 0; w < words.size(); ++w) {
    if (w > 0) job.joined += ' ';
    const size_t begin = job.joined.size();
    job.joined += words[w];
    Status s = engine::tokenize(runner->wordpiece(), words[w], SIZE_MAX, scratch, word);
    if (!s.ok()) return s;
    if (job.joined.size() > tokenizer::kMostTextBytes) {
      return {Code::kInvalidArgument,
              "the words have more than " + std::to_string(tokenizer::kMostTextBytes) + " bytes"};
    }
    const auto offset = static_cast<uint32_t>(begin);
    for (size_t i = 0; i < word.size(); ++i) {
      job.tokens.ids.push_back(word.ids[i]);
      job.tokens.spans.push_back({word.spans[i].begin + offset, word.spans[i].end + offset});
    }
    job.tokens.num_repaired += word.num_repaired;
  }
  job.text = job.joined;
  return {};
}

Status Tagger::Impl::make_windows(TagJob& job) const {
  const engine::SequenceFormat& format = runner->format();
  const size_t size = job.tokens.size();
  if (options.long_texts == LongText::kError && (size > room() || job.tokens.truncated)) {
    return {Code::kInvalidArgument,
            "the text has more than " + std::to_string(format.max_length) + " tokens"};
  }
  if (!splits()) {
    job.tokens.truncated = job.tokens.truncated || size > room();
    job.windows.push_back(engine::single_sequence(format, job.tokens, 0, std::min(size, room())));
    return {};
  }
  for (const auto& [begin, end] : engine::token_windows(size, room(), stride())) {
    job.windows.push_back(engine::single_sequence(format, job.tokens, begin, end));
  }
  return {};
}

// Every token's scores, or logits, of every window.
Status Tagger::Impl::run(std::vector<TagJob>& jobs, bool scores) {
  std::vector<const Sequence*> sequences;
  std::vector<std::vector<float>*> results;
  const size_t labels = runner->config().head.num_outputs;
  for (TagJob& job : jobs) {
    job.scores.resize(job.windows.size());
    for (size_t w = 0; w < job.windows.size(); ++w) {
      sequences.push_back(&job.windows[w]);
      results.push_back(&job.scores[w]);
      job.scores[w].resize(job.windows[w].size() * labels);
    }
  }
  return runner->run(sequences, [&](engine::Chunk& chunk) {
    const engine::PackedBatch& batch = chunk.batch;
    std::vector<uint32_t> rows(batch.num_tokens());
    for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    engine::head_logits(runner->config(), runner->head(), runner->kernels(), chunk.hidden,
                        chunk.stride, rows, chunk.head, [&](size_t row, const float* logits) {
                          const size_t text = batch.row_text[row];
                          float* to = results[chunk.sequences[text]]->data() +
                                      (row - batch.row_begin[text]) * labels;
                          std::copy_n(logits, labels, to);
                          if (scores) engine::softmax(runner->kernels(), {to, labels});
                        });
  });
}

std::vector<Entity> Tagger::Impl::entities(const TagJob& job) const {
  const engine::HeadConfig& head = runner->config().head;
  std::vector<Entity> all;
  for (size_t w = 0; w < job.windows.size(); ++w) {
    const Sequence& window = job.windows[w];
    std::vector<engine::TaggedToken> tokens;
    for (uint32_t i = window.first; i < window.last; ++i) {
      const size_t t = window.begin + i - window.first;
      const auto [begin, end] = job.tokens.spans[t];
      const std::string_view shown = job.text.substr(begin, end - begin);
      engine::TaggedToken token{.word = std::string(runner->wordpiece().token(job.tokens.ids[t])),
                                .scores = job.scores[w].data() + i * head.num_outputs,
                                .begin = begin,
                                .end = end,
                                .index = i,
                                .continues = false};
      // A piece is longer than its text by the prefix: the reference's way to know it.
      token.continues = num_codepoints(token.word) != num_codepoints(shown);
      if (job.tokens.ids[t] == unk_id) {
        token.word = shown;
        token.continues = false;
      }
      tokens.push_back(std::move(token));
    }
    std::vector<Entity> found = engine::entities_of(tokens, head.labels, meanings,
                                                    options.aggregation, options.ignore_labels, prefix);
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return job.windows.size() > 1 ? engine::merge_overlapping(std::move(all)) : all;
}

// prepare(i, scratch, job): fills in text and tokens of text i.
template <typename Prepare>
Status Tagger::Impl::tag(size_t n, std::vector<std::vector<Entity>>& entities_out, EmbedStats* stats,
                         TextProblems problems, const Prepare& prepare) {
  entities_out.assign(n, {});
  std::vector<TagJob> jobs(n);
  std::vector<Status> found(n);
  Status status = runner->for_each(n, stats, [&](size_t i, tokenizer::Scratch& scratch) {
    found[i] = prepare(i, scratch, jobs[i]);
    if (found[i].ok()) found[i] = make_windows(jobs[i]);
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;
  if (status = run(jobs, true); !status.ok()) return status;
  status = runner->for_each(n, nullptr, [&](size_t i, tokenizer::Scratch&) { entities_out[i] = entities(jobs[i]); });
  if (!status.ok()) return status;
  for (size_t i = 0; stats != nullptr && i < n; ++i) {
    if (!found[i].ok()) continue;
    stats->texts += 1;
    for (const Sequence& window : jobs[i].windows) stats->tokens += window.size();
    stats->truncated += jobs[i].tokens.truncated ? 1 : 0;
    stats->repaired += jobs[i].tokens.num_repaired;
  }
  return {};
}

Status Tagger::tag(std::span<const std::string_view> texts,
                   std::vector<std::vector<Entity>>& entities, EmbedStats* stats,
                   TextProblems problems) try {
  const size_t limit = impl_->splits() ? SIZE_MAX : impl_->runner->format().max_length;
  return impl_->tag(texts.size(), entities, stats, problems,
                    [&](size_t i, tokenizer::Scratch& scratch, TagJob& job) {
                      job.text = texts[i];
                      return engine::tokenize(impl_->runner->wordpiece(), texts[i], limit, scratch,
                                              job.tokens);
                    });
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to tag these texts");
}

Status Tagger::tag_words(std::span<const std::vector<std::string_view>> texts,
                         std::vector<std::vector<Entity>>& entities, EmbedStats* stats,
                         TextProblems problems) try {
  return impl_->tag(texts.size(), entities, stats, problems,
                    [&](size_t i, tokenizer::Scratch& scratch, TagJob& job) {
                      return impl_->tokenize_words(texts[i], scratch, job);
                    });
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to tag these texts");
}

Status Tagger::logits(std::string_view text, Encoding& tokens, std::vector<float>& logits) try {
  const engine::SequenceFormat& format = impl_->runner->format();
  std::vector<TagJob> jobs(1);
  TagJob& job = jobs[0];
  tokenizer::Scratch scratch;
  Status status = engine::tokenize(impl_->runner->wordpiece(), text, format.max_length, scratch,
                                   job.tokens);
  if (!status.ok()) return status;
  const size_t size = std::min(job.tokens.size(), impl_->room());
  job.windows.push_back(engine::single_sequence(format, job.tokens, 0, size));
  if (status = impl_->run(jobs, false); !status.ok()) return status;
  tokens = {};
  tokens.ids = job.windows[0].ids;
  tokens.offsets.resize(size + 2, {0, 0});
  tokens.word_ids.assign(size + 2, -1);
  tokens.sequence_ids.assign(size + 2, -1);
  tokens.type_ids.assign(size + 2, 0);
  for (size_t i = 0; i < size; ++i) {
    tokens.sequence_ids[i + 1] = 0;
    tokens.offsets[i + 1] = {job.tokens.spans[i].begin, job.tokens.spans[i].end};
    tokens.word_ids[i + 1] = job.tokens.word_ids[i];
  }
  tokens.truncated = job.tokens.truncated || size < job.tokens.size();
  tokens.num_repaired = job.tokens.num_repaired;
  logits = std::move(job.scores[0]);
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to tag this text");
}

}  // namespace linnet
