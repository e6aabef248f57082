// tokenizer/unicode.h - the properties of Unicode scalars that BERT's tokenizer asks for, in the versions
// that Hugging Face `tokenizers` 0.23 uses: utf8proc, corrected by unicode_exceptions.inc.
//
// Used when tables are built, and for rare runs of marks; never per character of ordinary text.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::tokenizer {

constexpr uint32_t kScalars = 0x110000;
constexpr uint32_t kReplacement = 0xFFFD;

bool is_dropped_by_clean_text(uint32_t scalar);  // controls, formats, private use, U+0000, U+FFFD
bool is_whitespace(uint32_t scalar);             // White_Space, stable since Unicode 6.3
bool is_chinese(uint32_t scalar);                // the reference's ranges, its gap 2B820-2B91F included
bool is_punctuation(uint32_t scalar);
bool is_nonspacing_mark(uint32_t scalar);        // what strip_accents removes after decomposition
bool is_mark(uint32_t scalar);                   // what the StripAccents normalizer removes: every mark
bool is_word_part(uint32_t scalar);              // \w: what a single_word token may not stand beside
uint8_t combining_class(uint32_t scalar);

struct ScalarSequence {
  uint32_t scalars[4];
  size_t size;
};
ScalarSequence decompose(uint32_t scalar);   // canonical (NFD), of this scalar alone
ScalarSequence lowercase(uint32_t scalar);   // two scalars for U+0130 only

// Where the scalars end that nothing above tells from this one (is_mark and is_word_part aside) but that each stands for
// itself: at least scalar + 1. Nine in ten scalars stand in long runs, as letters of Chinese or as nothing yet.
uint32_t alike_until(uint32_t scalar);

// The primary composite of two scalars (NFC); 0: there is none.
uint32_t compose(uint32_t first, uint32_t second);

}  // namespace linnet::tokenizer
