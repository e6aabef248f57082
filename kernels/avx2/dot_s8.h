// kernels/avx2/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, for AVX2 without VNNI.
#pragma once

#include <immintrin.h>

namespace linnet::kernels {
namespace {

// Exact for pair-bounded weights: the first instruction would saturate a sum of two products beyond 16
// bits, but 255 * |w0 + w1| <= 32640.
inline __m256i dot(__m256i sum, __m256i a_u8, __m256i b_s8) {
  const __m256i pairs = _mm256_maddubs_epi16(a_u8, b_s8);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

}  // namespace
}  // namespace linnet::kernels
