// linnet/token_embedder.h - a vector of every token: last_hidden_state of transformers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/task.h"
#include "linnet/tokenizer.h"

namespace linnet {

struct TokenEmbedOptions {
  TaskOptions task = {};
  LongText long_texts = LongText::kTruncate;  // or kError
};

struct TokenVectors {
  Encoding tokens;             // with [CLS] and [SEP]
  std::vector<float> vectors;  // [tokens, dimension()], as they leave the last layer
};

// Of any model. One caller at a time, as task.h says.
class TokenEmbedder {
 public:
  static Result<TokenEmbedder> create(const Model& model, const TokenEmbedOptions& options = {});
  TokenEmbedder(TokenEmbedder&&) noexcept;
  TokenEmbedder& operator=(TokenEmbedder&&) noexcept;
  ~TokenEmbedder();

  size_t dimension() const;  // the model's hidden size

  // found[i] becomes that of texts[i]. No prompt is written before a text. Adds to *stats when given.
  Status embed(std::span<const std::string_view> texts, std::vector<TokenVectors>& found,
               EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit TokenEmbedder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
