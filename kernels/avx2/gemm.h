// kernels/avx2/gemm.h - fp32 products on packed panels: register tiles of up to 6 rows x 16 columns,
// and wider ones where there are fewer rows, so that 8 or more independent chains hide the latency of
// the multiply-add (4 cycles, two a cycle).
#pragma once

#include <immintrin.h>
#include <stddef.h>

#include "kernels/tiles.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

// A slice of one panel that stays in the L1 cache beside the rows of A that meet it: 16 KB. Few rows, which
// meet each slice for a short time only, leave half of that to the slice which is fetched meanwhile.
constexpr size_t slice_depth(size_t tiles) { return tiles <= 3 ? 128 : 256; }

// Adds rows x k-slice to R x (16 * P) outputs. `a` and `b` point at the slice's first k; panels lie
// `panel_size` floats apart. The first slice starts the chains at +0, later ones continue from c.
// `ahead` is fetched into the cache on the way, Lines lines of it every kSteps steps.
template <size_t R, size_t P, size_t Lines>
void multiply_tile(const float* a, size_t lda, const float* b, size_t panel_size, size_t k, float* c,
                   size_t ldc, bool first, const void* ahead) {
  __m256 sum[R][2 * P];
  unroll<R>([&](auto r) {
    unroll<2 * P>([&](auto v) {
      sum[r][v] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(c + r * ldc + v * 8);
    });
  });
  RowBases<R> rows(a, lda * sizeof(float));
  const auto step = [&](auto l) __attribute__((always_inline)) {
    __m256 columns[2 * P];
    unroll<2 * P>([&](auto v) {
      columns[v] = _mm256_loadu_ps(b + (v / 2) * panel_size + l * 16 + (v % 2) * 8);
    });
    unroll<R>([&](auto r) {
      const __m256 x = rows.template broadcast<__m256, r, l>();
      unroll<2 * P>([&](auto v) { sum[r][v] = multiply_add(sum[r][v], x, columns[v]); });
    });
  };
  const auto advance = [&](size_t steps) __attribute__((always_inline)) {
    rows.advance(steps);
    b += steps * 16;
  };
  for_steps<1, Lines, (Lines > 1 ? FetchInto::kL2 : FetchInto::kL1)>(k, ahead, 0, step, advance);
  ldc = known_from_here(ldc);
  unroll<R>([&](auto r) {
    unroll<2 * P>([&](auto v) { _mm256_storeu_ps(c + r * ldc + v * 8, sum[r][v]); });
  });
}

// All of k for R rows and P panels. (Nothing is fetched: these stream so many bytes that it only cost.)
template <size_t R, size_t P>
void multiply_few_rows(const float* a, size_t lda, const float* b, size_t k, float* c, size_t ldc) {
  multiply_tile<R, P, 0>(a, lda, b, k * 16, k, c, ldc, true, nullptr);
}

// R rows, fewer than fill the tile of one panel: P panels at a time, the last few alone.
template <size_t R, size_t P>
void gemm_few_rows(const float* a, size_t lda, const float* b, size_t panels, size_t k, float* c,
                   size_t ldc) {
  size_t p = 0;
  for (; p + P <= panels; p += P) {
    multiply_few_rows<R, P>(a, lda, b + p * k * 16, k, c + p * 16, ldc);
  }
  for (; p < panels; ++p) multiply_few_rows<R, 1>(a, lda, b + p * k * 16, k, c + p * 16, ldc);
}

using Tile = void (*)(const float*, size_t, const float*, size_t, size_t, float*, size_t, bool,
                      const void*);

// By rows.
template <size_t Lines>
constexpr Tile kOnePanel[7] = {
    nullptr, nullptr, nullptr, multiply_tile<3, 1, Lines>, multiply_tile<4, 1, Lines>,
    multiply_tile<5, 1, Lines>, multiply_tile<6, 1, Lines>};

void gemm_f32(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k,
              float* c, size_t ldc) {
  switch (m) {
    case 0:
      return;
    case 1:
      return gemm_few_rows<1, 4>(a, lda, b, panels, k, c, ldc);
    case 2:
      return gemm_few_rows<2, 3>(a, lda, b, panels, k, c, ldc);
    case 3:
      return gemm_few_rows<3, 2>(a, lda, b, panels, k, c, ldc);
  }
  const size_t tiles = (m + 5) / 6;  // of rows: 4, 5 or 6 each; 7 are 4 and 3
  const size_t most = slice_depth(tiles), slices = k <= most ? 1 : (k + most - 1) / most;
  const size_t lines = lines_to_fetch(tiles, 1);
  const Tile* by_rows = lines == 1 ? kOnePanel<1> : lines == 2 ? kOnePanel<2> : kOnePanel<kSteps>;
  for (size_t p = 0; p < panels; ++p, c += 16) {
    for (size_t s = 0; s < slices; ++s) {
      const size_t begin = k * s / slices, depth = k * (s + 1) / slices - begin;
      const float* slice = b + (p * k + begin) * 16;
      const float* a_rows = a + begin;
      float* c_rows = c;
      const float* next = slice + depth * 16;
      for (size_t t = 0; t < tiles; ++t) {
        const size_t rows = rows_of_tile(m, tiles, t);
        by_rows[rows](a_rows, lda, slice, 0, depth, c_rows, ldc, s == 0, next);
        a_rows += rows * lda;
        c_rows += rows * ldc;
        next += lines * (depth / kSteps) * 16;
      }
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
