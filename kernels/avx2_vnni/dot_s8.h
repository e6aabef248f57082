// kernels/avx2_vnni/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, by AVX-VNNI.
#pragma once

#include <immintrin.h>

namespace linnet::kernels {
namespace {

inline __m256i dot(__m256i sum, __m256i a_u8, __m256i b_s8) {
  return _mm256_dpbusd_avx_epi32(sum, a_u8, b_s8);
}

}  // namespace
}  // namespace linnet::kernels
