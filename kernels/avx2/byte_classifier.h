// kernels/avx2/byte_classifier.h - the classes of 64 bytes: a byte h << 4 | l is in a set when bit h of row l is
// set (vpshufb finds the row and the bit).
#pragma once

#include <immintrin.h>

#include "kernels/generic/byte_masks.h"

namespace linnet::kernels {
namespace {

struct ByteClassifier {
  __m256i spaces, alone, plain, bits, to_lower;

  explicit ByteClassifier(const uint8_t* classes)
      : spaces(rows(classes)), alone(rows(classes + 16)), plain(rows(classes + 32)),
        bits(_mm256_broadcastsi128_si256(
            _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0))),
        to_lower(_mm256_set1_epi8(static_cast<char>(classes[48]))) {}

  ByteMasks block(const char* text, char* copy) const {
    const ByteMasks a = half(text, copy), b = half(text + 32, copy + 32);
    return {a.solid | b.solid << 32, a.alone | b.alone << 32, a.other | b.other << 32};
  }

 private:
  static __m256i rows(const uint8_t* set) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(set)));
  }
  // Which bytes are not in the set.
  static uint32_t outside(__m256i set, __m256i row, __m256i bit) {
    const __m256i common = _mm256_and_si256(_mm256_shuffle_epi8(set, row), bit);
    return static_cast<uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256())));
  }
  ByteMasks half(const char* text, char* copy) const {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i row = _mm256_and_si256(bytes, low);
    const __m256i bit =
        _mm256_shuffle_epi8(bits, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low));
    const uint32_t no_space = outside(spaces, row, bit), not_alone = outside(alone, row, bit);
    const __m256i upper = _mm256_and_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('A' - 1)),
                                           _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), bytes));
    const __m256i zero = _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
    const __m256i result =
        _mm256_or_si256(zero, _mm256_add_epi8(bytes, _mm256_and_si256(upper, to_lower)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(copy), result);
    const uint32_t solid = no_space & not_alone;
    return {solid, ~not_alone, solid & outside(plain, row, bit)};
  }
};

// Four at a time: what is too much is overwritten.
inline uint16_t* write_places(uint64_t mask, size_t first, uint16_t* to) {
  uint16_t* const end = to + __builtin_popcountll(mask);
  while (mask != 0) {
    for (size_t i = 0; i < 4; ++i) {
      to[i] = static_cast<uint16_t>(first + _tzcnt_u64(mask));
      mask &= mask - 1;
    }
    to += 4;
  }
  return end;
}

}  // namespace
}  // namespace linnet::kernels
