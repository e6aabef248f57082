// tokenizer/normalized_text.h - any sequence of normalizers, step by step: slow, and exact for all of them.
//
// The way of Hugging Face's NormalizedString: a text and, for each of its characters, where in the original
// text it comes from. Ordinary BERT tokenizers do without it: tables say what each character becomes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/byte_span.h"

namespace linnet::tokenizer {

// What a normalizer does to a text. BertNormalizer is the first five in this order, some left out.
enum class NormalizerStep : uint32_t {
  kClean,        // drops controls, and whitespace becomes a space
  kChinese,      // a space on either side of an ideograph
  kNfd,
  kStripNonspacing,
  kLowercase,
  kNfc,
  kStripMarks,   // the StripAccents normalizer
};
constexpr uint32_t kNormalizerSteps = 7;

class NormalizedText {
 public:
  // The scalars of text [begin, end), each in its place; invalid UTF-8 is U+FFFD. Returns how many those are.
  size_t assign(std::string_view text, size_t begin, size_t end);
  void apply(std::span<const NormalizerStep> steps);

  // As UTF-8, and for each of its bytes where its character comes from.
  void write(std::string& bytes, std::vector<ByteSpan>& places) const;

 private:
  struct Char {
    uint32_t scalar;
    ByteSpan place;
  };
  void clean();
  void space_out_chinese();
  void change(bool composing);  // NFD, or NFC
  void lowercase_all();

  std::vector<Char> chars_, next_;
};

// `text` after `steps`; used for the contents of added tokens.
std::string normalized(std::string_view text, std::span<const NormalizerStep> steps);

}  // namespace linnet::tokenizer
