#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <optional>

namespace linnet::tokenizer {
namespace {

struct Exception {
  uint32_t first, last;
  int32_t value;
};
#include "tokenizer/unicode_exceptions.inc"

template <size_t N>
std::optional<int32_t> find(const Exception (&table)[N], uint32_t scalar) {
  const Exception* row = std::lower_bound(
      table, table + N, scalar, [](const Exception& e, uint32_t s) { return e.last < s; });
  if (row == table + N || scalar < row->first) return std::nullopt;
  return row->value;
}

int32_t signed_scalar(uint32_t scalar) { return static_cast<int32_t>(scalar); }

}  // namespace

bool is_dropped_by_clean_text(uint32_t scalar) {
  if (scalar == '\t' || scalar == '\n' || scalar == '\r') return false;
  if (const auto value = find(kDropped, scalar)) return *value != 0;
  const auto category = utf8proc_category(signed_scalar(scalar));
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_CO || scalar == kReplacement;
}

bool is_whitespace(uint32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_chinese(uint32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_punctuation(uint32_t c) {
  if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
      (c >= 123 && c <= 126)) {
    return true;
  }
  if (const auto value = find(kPunctuation, c)) return *value != 0;
  const auto category = utf8proc_category(signed_scalar(c));
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool is_nonspacing_mark(uint32_t c) {
  if (const auto value = find(kNonspacing, c)) return *value != 0;
  return utf8proc_category(signed_scalar(c)) == UTF8PROC_CATEGORY_MN;
}

uint8_t combining_class(uint32_t c) {
  if (const auto value = find(kCombiningClass, c)) return static_cast<uint8_t>(*value);
  return static_cast<uint8_t>(utf8proc_get_property(signed_scalar(c))->combining_class);
}

ScalarSequence decompose(uint32_t c) {
  ScalarSequence out{{c}, 1};
  if (c < 0x80 || find(kUndecomposed, c)) return out;
  utf8proc_int32_t scalars[4];
  int boundary = 0;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  const auto n = utf8proc_decompose_char(signed_scalar(c), scalars, 4, options, &boundary);
  if (n < 1 || n > 4) return out;
  out.size = static_cast<size_t>(n);
  for (size_t i = 0; i < out.size; ++i) out.scalars[i] = static_cast<uint32_t>(scalars[i]);
  return out;
}

ScalarSequence lowercase(uint32_t c) {
  if (c == 0x130) return {{'i', 0x307}, 2};
  if (const auto difference = find(kLowercase, c)) {
    return {{static_cast<uint32_t>(signed_scalar(c) + *difference)}, 1};
  }
  return {{static_cast<uint32_t>(utf8proc_tolower(signed_scalar(c)))}, 1};
}

}  // namespace linnet::tokenizer
