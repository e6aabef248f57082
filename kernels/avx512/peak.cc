#include "kernels/peak.h"

#include <immintrin.h>

namespace linnet::kernels {

uint64_t run_fma_peak_avx512(uint64_t rounds) {
  constexpr int kChains = 16;
  __m512 sum[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sum[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.5f), term = _mm512_set1_ps(1.0f);
  for (uint64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sum[i] = _mm512_fmadd_ps(sum[i], factor, term);
#pragma GCC unroll 16  // keeps the compiler from finding the result out by itself
    for (int i = 0; i < kChains; ++i) __asm__ volatile("" : "+v"(sum[i]));
  }
  return rounds * kChains * 16 * 2;
}

}  // namespace linnet::kernels
