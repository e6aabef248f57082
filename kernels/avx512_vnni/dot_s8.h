// kernels/avx512_vnni/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, by AVX-512 VNNI.
#pragma once

#include <immintrin.h>

namespace linnet::kernels {
namespace {

inline __m512i dot(__m512i sum, __m512i a_u8, __m512i b_s8) {
  return _mm512_dpbusd_epi32(sum, a_u8, b_s8);
}

}  // namespace
}  // namespace linnet::kernels
