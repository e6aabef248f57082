// kernels/peak_s8.h - independent dot() from registers alone. Included after a dot_s8.h.
#pragma once

#include <stdint.h>

namespace linnet::kernels {
namespace {

// a, b: vectors of bytes as dot() takes them.
template <typename Bytes>
uint64_t run_s8_peak(Bytes a, const Bytes b, uint64_t rounds) {
  constexpr int kChains = 12;
  Sums sum[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sum[i] = Sums{} + i;
  for (uint64_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) {
      __asm__ volatile("" : "+v"(a));  // keeps the compiler from reusing products
      sum[i] = dot(sum[i], a, b);
      __asm__ volatile("" : "+v"(sum[i]));
    }
  }
  return rounds * kChains * sizeof(Bytes) * 2;
}

}  // namespace
}  // namespace linnet::kernels
