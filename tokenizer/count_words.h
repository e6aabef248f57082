// tokenizer/count_words.h - how often each word stands in texts: what a vocabulary is trained on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/normalized_text.h"

namespace linnet::tokenizer {

// Words as BertNormalizer and BertPreTokenizer make them: normalized, cut at spaces, punctuation and
// (with handle_chinese_chars) ideographs alone.
class WordCounts {
 public:
  explicit WordCounts(std::vector<NormalizerStep> steps);

  void add(std::string_view text);
  void finish();                        // REQUIRED before words()
  void merge(const WordCounts& other);  // REQUIRES: both finished
  void clear() {
    words_.clear();
    num_repaired_ = 0;
  }

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };
  using Map = std::unordered_map<std::string, uint64_t, Hash, std::equal_to<>>;
  const Map& words() const { return words_; }
  uint64_t num_repaired() const { return num_repaired_; }  // invalid UTF-8 sequences read as U+FFFD

 private:
  void add_ascii(std::string_view text, uint64_t times);
  void add_any(std::string_view text, uint64_t times);
  void count(std::string_view word, uint64_t times);

  std::vector<NormalizerStep> steps_;
  // What ASCII becomes: a character of a word, itself or lowercased; or one of these.
  static constexpr char kSpace = 1, kPunctuation = 2, kDropped = 3;
  std::array<char, 128> ascii_{};
  std::string word_;
  NormalizedText normalized_;
  std::string bytes_;
  std::vector<ByteSpan> places_;
  // What stands between spaces, as it is: most of it many times, and then normalized once.
  Map raw_;
  size_t raw_bytes_ = 0;
  Map words_;
  uint64_t num_repaired_ = 0;
};

}  // namespace linnet::tokenizer
