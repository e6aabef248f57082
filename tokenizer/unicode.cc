#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {
namespace {

struct Exception {
  uint32_t first, last;
  int32_t value;
};
#include "tokenizer/unicode_exceptions.inc"

// The first row that does not end before `scalar`.
template <size_t N>
const Exception* row_from(const Exception (&table)[N], uint32_t scalar) {
  return std::lower_bound(table, table + N, scalar, [](const Exception& e, uint32_t s) { return e.last < s; });
}

template <size_t N>
std::optional<int32_t> find(const Exception (&table)[N], uint32_t scalar) {
  const Exception* row = row_from(table, scalar);
  if (row == table + N || scalar < row->first) return std::nullopt;
  return row->value;
}

// The first scalar from `scalar` on that is in the table.
template <size_t N>
uint32_t next_in(const Exception (&table)[N], uint32_t scalar) {
  const Exception* row = row_from(table, scalar);
  return row == table + N ? kScalars : std::max(row->first, scalar);
}

int32_t signed_scalar(uint32_t scalar) { return static_cast<int32_t>(scalar); }

// NFC of a few scalars that are in NFD; 0 where it is more than one scalar.
uint32_t composed_whole(const uint32_t* scalars, size_t n) {
  utf8proc_int32_t buffer[8];
  for (size_t i = 0; i < n; ++i) buffer[i] = signed_scalar(scalars[i]);
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto left =
      utf8proc_normalize_utf32(buffer, static_cast<utf8proc_ssize_t>(n), options);
  return left == 1 ? static_cast<uint32_t>(buffer[0]) : 0;
}

uint64_t pair_key(uint32_t first, uint32_t second) { return uint64_t{first} << 32 | second; }

// The pairs of the reference's Unicode, from its decompositions: those of a composite that NFC makes.
std::unordered_map<uint64_t, uint32_t> make_compositions() {
  std::unordered_map<uint64_t, uint32_t> compositions;
  for (uint32_t c = 0xC0; c < kScalars; ++c) {
    if (c == 0xAC00) c = 0xD7A4;  // Hangul, by arithmetic
    const ScalarSequence parts = decompose(c);
    if (parts.size < 2 || composed_whole(parts.scalars, parts.size) != c) continue;
    const uint32_t first = composed_whole(parts.scalars, parts.size - 1);
    if (first != 0) compositions[pair_key(first, parts.scalars[parts.size - 1])] = c;
  }
  return compositions;
}

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
  if (c < 0x3400 || c > 0x2FA1F) return false;
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

bool is_mark(uint32_t c) {
  if (const auto value = find(kMark, c)) return *value != 0;
  const auto category = utf8proc_category(signed_scalar(c));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

bool is_word_part(uint32_t c) {
  if (const auto value = find(kWordPart, c)) return *value != 0;
  switch (utf8proc_category(signed_scalar(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:  // Join_Control and Other_Alphabetic
      return c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) ||
             (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
             (c >= 0x1F170 && c <= 0x1F189);
  }
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

uint32_t alike_until(uint32_t scalar) {
  constexpr uint32_t kLastSpace = 0x3000;
  const utf8proc_property_t* property = utf8proc_get_property(signed_scalar(scalar));
  uint32_t end = scalar + 1;
  if (scalar <= kLastSpace || scalar == kReplacement || property->decomp_seqindex != UINT16_MAX ||
      property->lowercase_seqindex != UINT16_MAX) {
    return end;
  }
  const uint32_t stop = std::min({next_in(kDropped, scalar), next_in(kPunctuation, scalar), next_in(kNonspacing, scalar),
                                  next_in(kCombiningClass, scalar), next_in(kUndecomposed, scalar),
                                  next_in(kLowercase, scalar), scalar < kReplacement ? kReplacement : kScalars});
  while (end < stop && utf8proc_get_property(signed_scalar(end)) == property && is_chinese(end) == is_chinese(scalar)) {
    ++end;
  }
  return end;
}

uint32_t compose(uint32_t first, uint32_t second) {
  constexpr uint32_t kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7, kSyllable = 0xAC00;
  if (first - kLead < kLeads && second - kVowel < kVowels) {
    return kSyllable + ((first - kLead) * kVowels + (second - kVowel)) * kTrails;
  }
  const bool open_syllable =
      first - kSyllable < kLeads * kVowels * kTrails && (first - kSyllable) % kTrails == 0;
  if (open_syllable && second - kTrail - 1 < kTrails - 1) return first + (second - kTrail);
  static const std::unordered_map<uint64_t, uint32_t> kCompositions = make_compositions();
  const auto at = kCompositions.find(pair_key(first, second));
  return at == kCompositions.end() ? 0 : at->second;
}

}  // namespace linnet::tokenizer
