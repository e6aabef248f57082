// kernels/avx512/dot_s8.h - sum + 4 products of bytes in each 32-bit lane, for AVX-512 without VNNI.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// As a vector of 32-bit numbers, which __m512i is not: GCC 12 copies accumulators of that type about.
typedef int32_t Sums __attribute__((vector_size(64)));

// Exact for pair-bounded weights: the first instruction would saturate a sum of two products beyond 16 bits, but
// 255 * |w0 + w1| <= 32640. As intrinsics, GCC 12 moves sums and products to the stack: 112 instructions a quad
// of a 12 x 32 tile, these are 89.
inline Sums dot(Sums sum, __m512i a_u8, __m512i b_s8) {
  __m512i pairs;
  __asm__("vpmaddubsw %3, %2, %1\n\t"
          "vpmaddwd %4, %1, %1\n\t"
          "vpaddd %1, %0, %0"
          : "+v"(sum), "=&v"(pairs)
          : "v"(a_u8), "v"(b_s8), "v"(_mm512_set1_epi16(1)));
  return sum;
}

}  // namespace
}  // namespace linnet::kernels
