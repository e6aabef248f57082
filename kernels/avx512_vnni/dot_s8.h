// kernels/avx512_vnni/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, by AVX-512 VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// Sums as a vector of 32-bit numbers, which __m512i is not: GCC 12 copies accumulators of that type about.
typedef int32_t Sums __attribute__((vector_size(64)));

inline Sums dot(Sums sum, __m512i a_u8, __m512i b_s8) {
  return reinterpret_cast<Sums>(
      _mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum), a_u8, b_s8));
}

}  // namespace
}  // namespace linnet::kernels
