#include "kernels/peak.h"

#include <immintrin.h>

#include "kernels/avx2/dot_s8.h"

#include "kernels/peak_s8.h"

namespace linnet::kernels {

uint64_t run_fma_peak_avx2(uint64_t rounds) {
  constexpr int kChains = 12;
  __m256 sum[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sum[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.5f), term = _mm256_set1_ps(1.0f);
  for (uint64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sum[i] = _mm256_fmadd_ps(sum[i], factor, term);
#pragma GCC unroll 16  // keeps the compiler from finding the result out by itself
    for (int i = 0; i < kChains; ++i) __asm__ volatile("" : "+x"(sum[i]));
  }
  return rounds * kChains * 8 * 2;
}

uint64_t run_s8_peak_avx2(uint64_t rounds) {
  return run_s8_peak(_mm256_set1_epi8(3), _mm256_set1_epi8(-2), rounds);
}

uint64_t read_plainly_avx2(const void* p, size_t bytes) {
  constexpr size_t kVectors = 256 / sizeof(__m256i);
  const auto* from = static_cast<const __m256i*>(p);
  __m256i sum[kVectors] = {};
  for (size_t i = 0; i < bytes / 256; ++i, from += kVectors) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      sum[v] = _mm256_xor_si256(sum[v], _mm256_loadu_si256(from + v));
    }
  }
#pragma GCC unroll 16
  for (size_t v = 1; v < kVectors; ++v) sum[0] = _mm256_xor_si256(sum[0], sum[v]);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(sum[0])));
}

}  // namespace linnet::kernels
