// kernels/avx2/row_bases.h - the rows of A that meet a register tile: 32 bits of each, in all lanes.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

// Steps of k between two checks of a tile's loop. The two threads of a core take turns at its decoder: where
// the other one is busy (on a shared host it belongs to somebody else), a tile gets three instructions a cycle
// instead of six. Measured on Zen 3, fp32: with 27 instructions a step 66 % of the peak, with these 21.5, 80 %.
constexpr size_t kSteps = 4;

// Fetches `Lines` cache lines from p into the L1 cache and returns where they end.
template <size_t Lines>
[[gnu::always_inline]] inline const void* fetch(const void* p) {
  const auto* line = static_cast<const char*>(p);
#pragma GCC unroll 16
  for (size_t i = 0; i < Lines; ++i) _mm_prefetch(line + i * 64, _MM_HINT_T0);
  return line + Lines * 64;
}

// How many lines each of so many tiles fetches every kSteps steps, one panel wide, so that together they
// fetch as much as each of them reads.
inline size_t lines_to_fetch(size_t tiles) {
  return tiles >= kSteps ? 1 : tiles >= kSteps / 2 ? 2 : kSteps;
}

// Up to six rows, three to a base: base, base + stride, base + 2 * stride and any constant are addresses that
// cost no instruction. (Left to itself, GCC 12 computes each of the 24 offsets of four steps and keeps them
// on the stack.)
class RowBases {
 public:
  RowBases(const void* first, size_t row_bytes)
      : bases_{static_cast<const char*>(first), static_cast<const char*>(first) + 3 * row_bytes},
        row_bytes_(row_bytes) {}

  // Row R's 32 bits at 4 * Step.
  template <size_t R, size_t Step>
  [[gnu::always_inline]] __m256 broadcast() const {
    const char* base = bases_[R / 3];
    const auto& memory = *reinterpret_cast<const char(*)[]>(base);
    __m256 x;
    if constexpr (R % 3 == 0) {
      __asm__("vbroadcastss %c2(%1), %0" : "=x"(x) : "r"(base), "i"(4 * Step), "m"(memory));
    } else {
      __asm__("vbroadcastss %c2(%1, %3, %c4), %0"
              : "=x"(x)
              : "r"(base), "i"(4 * Step), "r"(row_bytes_), "i"(R % 3), "m"(memory));
    }
    return x;
  }

  [[gnu::always_inline]] void advance(size_t steps) {
    bases_[0] += 4 * steps;
    bases_[1] += 4 * steps;
  }

 private:
  const char* bases_[2];
  size_t row_bytes_;
};

}  // namespace
}  // namespace linnet::kernels
