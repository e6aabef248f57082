// kernels/avx2_vnni/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, by AVX-VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// Sums as a vector of 32-bit numbers, which __m256i is not: GCC 12 copies accumulators of that type about.
typedef int32_t Sums __attribute__((vector_size(32)));

using Columns = __m256i;
inline Columns columns_at(const int8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

inline Sums dot(Sums sum, __m256i a_u8, __m256i b_s8) {
  return reinterpret_cast<Sums>(
      _mm256_dpbusd_avx_epi32(reinterpret_cast<__m256i>(sum), a_u8, b_s8));
}

}  // namespace
}  // namespace linnet::kernels
