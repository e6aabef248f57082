// linnet/token_embedder.h over the sequence runner.
#include "linnet/token_embedder.h"

#include <algorithm>
#include <new>

#include "base/failure.h"
#include "engine/sequence_runner.h"

namespace linnet {

struct TokenEmbedder::Impl {
  Model model;
  LongText long_texts;
  std::unique_ptr<engine::SequenceRunner> runner;

  Status tokenize(std::string_view text, Encoding& tokens) const {
    const size_t most = runner->format().max_length;
    if (Status s = model.tokenizer().encode(text, {.max_length = most}, tokens); !s.ok()) return s;
    if (!tokens.truncated || long_texts == LongText::kTruncate) return {};
    return {Code::kInvalidArgument, "the text has more than " + std::to_string(most) + " tokens"};
  }
};

Result<TokenEmbedder> TokenEmbedder::create(const Model& model, const TokenEmbedOptions& options) try {
  if (options.long_texts == LongText::kSplit) {
    return Status{Code::kInvalidArgument, "token vectors of windows are not made: expected truncate or error"};
  }
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kEmbed, 1);
  if (!runner.ok()) return runner.status();
  return TokenEmbedder(
      std::unique_ptr<Impl>(new Impl{model, options.long_texts, std::move(runner.value())}));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for an embedder of tokens");
}

TokenEmbedder::TokenEmbedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TokenEmbedder::TokenEmbedder(TokenEmbedder&&) noexcept = default;
TokenEmbedder& TokenEmbedder::operator=(TokenEmbedder&&) noexcept = default;
TokenEmbedder::~TokenEmbedder() = default;

size_t TokenEmbedder::dimension() const { return impl_->runner->config().encoder.hidden_size; }

Status TokenEmbedder::embed(std::span<const std::string_view> texts, std::vector<TokenVectors>& found,
                            EmbedStats* stats, TextProblems problems) try {
  engine::SequenceRunner& runner = *impl_->runner;
  found.resize(texts.size());
  std::vector<Status> tokenized(texts.size());
  Status status = runner.for_each(texts.size(), stats, [&](size_t i, tokenizer::Scratch&) {
    tokenized[i] = impl_->tokenize(texts[i], found[i].tokens);
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(tokenized, problems); !s.ok()) return s;

  std::vector<engine::Sequence> sequences;
  std::vector<size_t> text_of;
  const size_t h = dimension();
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!tokenized[i].ok()) {
      found[i] = {};
      continue;
    }
    const Encoding& tokens = found[i].tokens;
    engine::Sequence sequence;
    sequence.ids = tokens.ids;
    sequence.second_begin = static_cast<uint32_t>(tokens.ids.size());
    sequences.push_back(std::move(sequence));
    text_of.push_back(i);
    found[i].vectors.resize(tokens.ids.size() * h);
    if (stats == nullptr) continue;
    stats->texts += 1;
    stats->tokens += tokens.ids.size();
    stats->truncated += tokens.truncated ? 1 : 0;
    stats->repaired += tokens.num_repaired;
  }
  std::vector<const engine::Sequence*> pointers;
  for (const engine::Sequence& sequence : sequences) pointers.push_back(&sequence);
  return runner.run(pointers, [&](engine::Chunk& chunk) {
    for (size_t text = 0; text < chunk.batch.num_texts(); ++text) {
      float* to = found[text_of[chunk.sequences[text]]].vectors.data();
      for (size_t row = chunk.batch.row_begin[text]; row < chunk.batch.row_begin[text + 1]; ++row) {
        to = std::copy_n(chunk.hidden + row * chunk.stride, h, to);
      }
    }
  });
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the token vectors of these texts");
}

}  // namespace linnet
