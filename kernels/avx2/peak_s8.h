// kernels/avx2/peak_s8.h - independent dot() from registers alone. Included after a dot_s8.h.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

inline uint64_t run_s8_peak(uint64_t rounds) {
  constexpr int kChains = 12;
  Sums sum[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sum[i] = Sums{} + i;
  __m256i a = _mm256_set1_epi8(3);
  const __m256i b = _mm256_set1_epi8(-2);
  for (uint64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) {
      __asm__ volatile("" : "+x"(a));  // keeps the compiler from reusing products
      sum[i] = dot(sum[i], a, b);
      __asm__ volatile("" : "+x"(sum[i]));
    }
  }
  return rounds * kChains * 32 * 2;
}

}  // namespace
}  // namespace linnet::kernels
