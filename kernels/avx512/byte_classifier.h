// kernels/avx512/byte_classifier.h - the classes of 64 bytes: a byte h << 4 | l is in a set when bit h of row l is
// set (vpshufb finds the row and the bit).
#pragma once

#include <immintrin.h>

#include "kernels/generic/byte_masks.h"

namespace linnet::kernels {
namespace {

struct ByteClassifier {
  __m512i spaces, alone, plain, bits, to_lower;

  explicit ByteClassifier(const uint8_t* classes)
      : spaces(rows(classes)), alone(rows(classes + 16)), plain(rows(classes + 32)),
        bits(four_times(
            _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0))),
        to_lower(_mm512_set1_epi8(static_cast<char>(classes[48]))) {}

  ByteMasks block(const char* text, char* copy) const {
    const __m512i bytes = _mm512_loadu_si512(text);
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i row = _mm512_and_si512(bytes, low);
    const __m512i bit =
        _mm512_shuffle_epi8(bits, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), low));
    const uint64_t is_space = _mm512_test_epi8_mask(_mm512_shuffle_epi8(spaces, row), bit);
    const uint64_t is_alone = _mm512_test_epi8_mask(_mm512_shuffle_epi8(alone, row), bit);
    const uint64_t is_plain = _mm512_test_epi8_mask(_mm512_shuffle_epi8(plain, row), bit);
    const __mmask64 upper = _mm512_cmplt_epu8_mask(
        _mm512_sub_epi8(bytes, _mm512_set1_epi8('A')), _mm512_set1_epi8(26));
    __m512i result = _mm512_mask_add_epi8(bytes, upper, bytes, to_lower);
    result = _mm512_mask_mov_epi8(result, _mm512_testn_epi8_mask(bytes, bytes), _mm512_set1_epi8(-1));
    _mm512_storeu_si512(copy, result);
    const uint64_t solid = ~(is_space | is_alone);
    return {solid, is_alone, solid & ~is_plain};
  }

 private:
  static __m512i four_times(__m128i x) {
    return _mm512_maskz_broadcast_i32x4(static_cast<__mmask16>(0xFFFF), x);
  }
  static __m512i rows(const uint8_t* set) {
    return four_times(_mm_loadu_si128(reinterpret_cast<const __m128i*>(set)));
  }
};

inline uint16_t* write_places(uint64_t mask, size_t first, uint16_t* to) {
  __m512i places = _mm512_add_epi32(
      _mm512_set1_epi32(static_cast<int>(first)),
      _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  for (unsigned shift = 0; shift < 64; shift += 16) {
    const auto lanes = static_cast<__mmask16>(mask >> shift);
    const __m512i packed = _mm512_maskz_compress_epi32(lanes, places);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(packed));
    to += __builtin_popcount(lanes);
    places = _mm512_add_epi32(places, _mm512_set1_epi32(16));
  }
  return to;
}

}  // namespace
}  // namespace linnet::kernels
