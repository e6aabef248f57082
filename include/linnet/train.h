// linnet/train.h - a WordPiece vocabulary of one's own, from texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"

namespace linnet {

// The defaults are those of Hugging Face tokenizers' BertWordPieceTokenizer.train.
struct VocabOptions {
  size_t vocab_size = 30000;                    // more where special tokens and characters are more
  uint64_t min_frequency = 2;                   // of a pair of pieces that becomes one
  std::optional<size_t> limit_alphabet = 1000;  // characters; the most frequent ones stay
  std::string initial_alphabet = {};            // characters that are in it whatever the texts hold, UTF-8
  // Different ones, UTF-8, with [UNK], [CLS] and [SEP] among them. Neither here nor above a line break.
  std::vector<std::string> special_tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  bool clean_text = true, handle_chinese_chars = true, lowercase = true;
  std::optional<bool> strip_accents = {};       // else as lowercase
  std::string continuing_prefix = "##";

  // A vocab.txt whose order the characters that continue a word take; "": by code point. In the reference that
  // order is random, and pairs of equal frequency are merged by it: given the vocabulary of one of its runs, the
  // same vocabulary comes out.
  std::string like = {};
  uint32_t num_threads = 1;  // that count words
};

struct VocabReport {
  uint64_t vocab_size = 0;
  uint64_t different_words = 0;
  uint64_t repaired = 0;  // invalid UTF-8 sequences read as U+FFFD
};

// Counts the words of texts and makes the vocabulary of them: byte-pair encoding with "##", the same as the
// reference's WordPieceTrainer. Memory: the different words. One caller at a time.
class VocabTrainer {
 public:
  // Fails with kInvalidArgument, or with what is wrong with `like`.
  static Result<VocabTrainer> create(const VocabOptions& options);
  VocabTrainer(VocabTrainer&&) noexcept;
  VocabTrainer& operator=(VocabTrainer&&) noexcept;
  ~VocabTrainer();

  Status add(std::span<const std::string_view> texts);

  // Writes vocab.txt, tokenizer.json and tokenizer_config.json into `folder`, which is made where it is missing;
  // AutoTokenizer and Tokenizer::open() read them.
  Result<VocabReport> write(const std::string& folder);

 private:
  struct Impl;
  explicit VocabTrainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
