// kernels/avx2/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, for AVX2 without VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// As a vector of 32-bit numbers, which __m256i is not: GCC 12 copies accumulators of that type about.
typedef int32_t Sums __attribute__((vector_size(32)));

// Exact for pair-bounded weights: the first instruction would saturate a sum of two products beyond 16 bits, but
// 255 * |w0 + w1| <= 32640.
inline Sums dot(Sums sum, __m256i a_u8, __m256i b_s8) {
  const __m256i pairs = _mm256_maddubs_epi16(a_u8, b_s8);
  return sum + reinterpret_cast<Sums>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// A tile's columns stay in memory, where the first instruction reads them: in registers they and the
// temporaries leave too few for the sums, of which GCC 12 keeps one on the stack.
using Columns = const __m256i*;
inline Columns columns_at(const int8_t* p) { return reinterpret_cast<const __m256i*>(p); }

inline Sums dot(Sums sum, __m256i a_u8, Columns b_s8) {
  __m256i pairs;
  __asm__("vpmaddubsw %3, %2, %1\n\t"
          "vpmaddwd %4, %1, %1\n\t"
          "vpaddd %1, %0, %0"
          : "+x"(sum), "=&x"(pairs)
          : "x"(a_u8), "m"(*b_s8), "x"(_mm256_set1_epi16(1)));
  return sum;
}

}  // namespace
}  // namespace linnet::kernels
