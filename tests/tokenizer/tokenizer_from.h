// tests/tokenizer/tokenizer_from.h - a tokenizer straight from a Hugging Face folder, and all its answers.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/import.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tests {

struct Tokens {
  std::vector<int32_t> ids, words;
  std::vector<tokenizer::ByteSpan> spans;
  tokenizer::EncodeResult result;
};

class OpenTokenizer {
 public:
  explicit OpenTokenizer(const std::string& folder) {
    auto imported = tokenizer::import_tokenizer(folder, 1u << 24);
    if (!imported.ok()) throw std::runtime_error(imported.status().message);
    tables_ = std::move(imported.value().tables);
    auto opened = tokenizer::WordPiece::from_tables(tables_, folder);
    if (!opened.ok()) throw std::runtime_error(opened.status().message);
    wordpiece_ = opened.value();
  }
  OpenTokenizer(const OpenTokenizer&) = delete;
  OpenTokenizer& operator=(const OpenTokenizer&) = delete;

  Tokens encode(std::string_view text, size_t capacity = 0,
                const tokenizer::EncodeOptions& options = {}) const {
    if (capacity == 0) capacity = tokenizer::WordPiece::max_tokens(text.size());
    Tokens tokens;
    tokens.ids.resize(capacity);
    tokens.words.resize(capacity);
    tokens.spans.resize(capacity);
    tokens.result = wordpiece_.encode(text, options,
                                      {.ids = tokens.ids.data(),
                                       .spans = tokens.spans.data(),
                                       .word_ids = tokens.words.data(),
                                       .capacity = capacity},
                                      scratch_);
    tokens.ids.resize(tokens.result.num_tokens);
    tokens.words.resize(tokens.result.num_tokens);
    tokens.spans.resize(tokens.result.num_tokens);
    return tokens;
  }

  const tokenizer::WordPiece& wordpiece() const { return wordpiece_; }
  const std::vector<std::byte>& tables() const { return tables_; }

 private:
  std::vector<std::byte> tables_;
  tokenizer::WordPiece wordpiece_;
  mutable tokenizer::Scratch scratch_;
};

}  // namespace linnet::tests
