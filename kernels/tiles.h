// kernels/tiles.h - what register tiles of both vector widths share: the loop over k, which fetches ahead, and the
// rows of A that meet a tile, 32 bits of each in all lanes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

// Steps of k between two checks of a tile's loop. The two threads of a core take turns at its decoder: where
// the other one is busy (on a shared host it belongs to somebody else), a tile gets half of the instructions a
// cycle. Measured on Zen 3, fp32: with 27 instructions a step 66 % of the peak, with 22.5, 80 %.
constexpr size_t kSteps = 4;

// x as if it came only now. What a tile's end computes from it, GCC would compute before the loop and keep on the stack.
[[gnu::always_inline]] inline size_t known_from_here(size_t x) {
  __asm__("" : "+r"(x));
  return x;
}

// The cache that the weights of the next tiles are fetched into. Products of few rows wait for memory: fetched into
// L2, more lines can be on their way than L1 keeps track of: on Zen 4, BERT-base's 85 MB of int8 weights, 1.44 times as
// fast at 4 rows, 1.24 at 15. Products of many rows are faster when they find them in L1 (1.04 times). Each kernel has
// the number of rows from which on that was so; by R and Lines it knows it when it is compiled.
enum class FetchInto { kL1, kL2 };

// Fetches `Lines` cache lines.
template <size_t Lines, FetchInto Into>
[[gnu::always_inline]] inline void fetch(const char* line) {
#pragma GCC unroll 16
  for (size_t i = 0; i < Lines; ++i) __builtin_prefetch(line + i * 64, 0, Into == FetchInto::kL1 ? 3 : 2);
}

// How many lines each of so many tiles fetches every kSteps steps, `panels` wide, so that together they fetch at
// least as much as each of them reads: panels * kSteps, or a half, a quarter, ... of it.
inline size_t lines_to_fetch(size_t tiles, size_t panels) {
  size_t lines = panels * kSteps;
  while (lines > 1 && lines / 2 * tiles >= panels * kSteps) lines /= 2;
  return lines;
}

// Of m rows, split into tiles whose sizes differ by at most one: how many the t-th has.
inline size_t rows_of_tile(size_t m, size_t tiles, size_t t) { return m / tiles + (t < m % tiles ? 1 : 0); }

// A tile's k steps: step(Index<l>()) of the next kSteps ones, then advance(how many). On the way each of `Panels`
// areas from `ahead` on, `apart` bytes from one another, is fetched, `Lines` lines every kSteps steps.
template <size_t Panels, size_t Lines, FetchInto Into, typename Step, typename Advance>
[[gnu::always_inline]] inline void for_steps(size_t k, const void* ahead, size_t apart, Step step, Advance advance) {
  const auto* next = static_cast<const char*>(ahead);
  for (; k >= kSteps; k -= kSteps) {
#pragma GCC unroll 8
    for (size_t p = 0; p < Panels; ++p) fetch<Lines, Into>(next + p * apart);
    next += Lines * 64;
    unroll<kSteps>([&](auto l) { step(l); });
    advance(kSteps);
  }
  for (; k > 0; --k) {
    step(Index<0>());
    advance(1);
  }
}

// sum + x * y, rounded once. The intrinsic but for the sum's register, which stays: GCC 12 moves sums about, and
// some of them to the stack. Vector: __m256 or __m512.
template <typename Vector>
[[gnu::always_inline]] inline Vector multiply_add(Vector sum, Vector x, Vector y) {
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
  return sum;
}

// R rows, three to a base: base, base + stride, base + 2 * stride and any constant are addresses that cost no
// instruction. (Left to itself, GCC 12 computes each row's offset of each step and keeps them on the stack.)
template <size_t R>
class RowBases {
 public:
  RowBases(const void* first, size_t row_bytes) : row_bytes_(row_bytes) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kBases; ++i) bases_[i] = static_cast<const char*>(first) + i * 3 * row_bytes;
  }

  // Row Row's 32 bits at 4 * Step, in all lanes. Vector: __m256 or __m512.
  template <typename Vector, size_t Row, size_t Step>
  [[gnu::always_inline]] Vector broadcast() const {
    static_assert(Row < R);
    const char* base = bases_[Row / 3];
    const auto& memory = *reinterpret_cast<const char(*)[0x7FFFFFFF]>(base);  // anything behind it
    Vector x;
    if constexpr (Row % 3 == 0) {
      __asm__("vbroadcastss %c2(%1), %0" : "=v"(x) : "r"(base), "i"(4 * Step), "m"(memory));
    } else {
      __asm__("vbroadcastss %c2(%1, %3, %c4), %0"
              : "=v"(x)
              : "r"(base), "i"(4 * Step), "r"(row_bytes_), "i"(Row % 3), "m"(memory));
    }
    return x;
  }

  [[gnu::always_inline]] void advance(size_t steps) {
#pragma GCC unroll 8
    for (size_t i = 0; i < kBases; ++i) bases_[i] += 4 * steps;
  }

 private:
  static constexpr size_t kBases = (R + 2) / 3;
  const char* bases_[kBases];
  size_t row_bytes_;
};

}  // namespace
}  // namespace linnet::kernels
