// kernels/avx512/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, for AVX-512 without VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// Exact for pair-bounded weights: the first instruction would saturate a sum of two products beyond 16
// bits, but 255 * |w0 + w1| <= 32640.
// Sums as a vector of 32-bit numbers, which __m512i is not: GCC 12 copies accumulators of that type about.
typedef int32_t Sums __attribute__((vector_size(64)));

inline Sums dot(Sums sum, __m512i a_u8, __m512i b_s8) {
  const __m512i pairs = _mm512_maddubs_epi16(a_u8, b_s8);
  return sum + reinterpret_cast<Sums>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

}  // namespace
}  // namespace linnet::kernels
