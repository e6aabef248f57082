// kernels/avx512/gemm.h - fp32 products on packed panels: register tiles of up to 14 rows x 2 panels (28
// accumulators of 32 registers), and wider ones where there are fewer rows.
#pragma once

#include <immintrin.h>
#include <stddef.h>

#include "kernels/tiles.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

// A slice of two panels, 48 KB, that the tiles of rows read from the L2 cache one after the other: shorter
// slices, which fit L1, cost more in partial sums than they gain.
constexpr size_t kSliceDepth = 384;
constexpr size_t kMostRows = 14;

// Adds rows x k-slice to R x (16 * P) outputs. `a` and `b` point at the slice's first k; panels lie
// `panel_size` floats apart. The first slice starts the chains at +0, later ones continue from c.
// `ahead`, P panels as far apart, is fetched into the cache on the way, Lines lines of each every kSteps steps.
template <size_t R, size_t P, size_t Lines>
void multiply_tile(const float* a, size_t lda, const float* b, size_t panel_size, size_t k, float* c,
                   size_t ldc, bool first, const float* ahead) {
  __m512 sum[R][P];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t p = 0; p < P; ++p) {
      sum[r][p] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(c + r * ldc + p * 16);
    }
  }
  RowBases<R> rows(a, lda * sizeof(float));
  const auto step = [&](auto l) __attribute__((always_inline)) {
    __m512 columns[P];
    unroll<P>([&](auto p) { columns[p] = _mm512_loadu_ps(b + p * panel_size + l * 16); });
    unroll<R>([&](auto r) {
      const __m512 x = rows.template broadcast<__m512, r, l>();
      unroll<P>([&](auto p) { sum[r][p] = multiply_add(sum[r][p], x, columns[p]); });
    });
  };
  const auto advance = [&](size_t steps) __attribute__((always_inline)) {
    rows.advance(steps);
    b += steps * 16;
  };
  constexpr FetchInto kInto = R <= 8 || Lines == kSteps ? FetchInto::kL2 : FetchInto::kL1;
  for_steps<P, Lines, kInto>(k, ahead, panel_size * sizeof(float), step, advance);
  ldc = known_from_here(ldc);
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t p = 0; p < P; ++p) _mm512_storeu_ps(c + r * ldc + p * 16, sum[r][p]);
  }
}

using Tile = void (*)(const float*, size_t, const float*, size_t, size_t, float*, size_t, bool,
                      const float*);

// By rows, from 0; P panels wide.
template <size_t P, size_t Lines>
constexpr Tile kTiles[kMostRows + 1] = {
    nullptr,
    multiply_tile<1, P, Lines>,  multiply_tile<2, P, Lines>,  multiply_tile<3, P, Lines>,
    multiply_tile<4, P, Lines>,  multiply_tile<5, P, Lines>,  multiply_tile<6, P, Lines>,
    multiply_tile<7, P, Lines>,  multiply_tile<8, P, Lines>,  multiply_tile<9, P, Lines>,
    multiply_tile<10, P, Lines>, multiply_tile<11, P, Lines>, multiply_tile<12, P, Lines>,
    multiply_tile<13, P, Lines>, multiply_tile<14, P, Lines>};

// R rows, fewer than fill the tile of two panels: P panels at a time, the last few alone.
template <size_t R, size_t P>
void gemm_few_rows(const float* a, size_t lda, const float* b, size_t panels, size_t k, float* c,
                   size_t ldc) {
  const size_t panel_size = k * 16;
  size_t p = 0;
  for (; p + P <= panels; p += P) {
    const float* panel = b + p * panel_size;
    multiply_tile<R, P, kSteps>(a, lda, panel, panel_size, k, c + p * 16, ldc, true, panel + P * panel_size);
  }
  for (; p < panels; ++p) {
    const float* panel = b + p * panel_size;
    multiply_tile<R, 1, kSteps>(a, lda, panel, panel_size, k, c + p * 16, ldc, true, panel + panel_size);
  }
}

// `width` panels from b, all rows, slice after slice.
void gemm_panels(const float* a, size_t lda, size_t m, const float* b, size_t width, size_t k, float* c,
                 size_t ldc) {
  const size_t panel_size = k * 16;
  const size_t tiles = (m + kMostRows - 1) / kMostRows;  // of rows: sizes differ by at most one
  const size_t slices = k <= kSliceDepth ? 1 : (k + kSliceDepth - 1) / kSliceDepth;
  const size_t lines = lines_to_fetch(tiles, 1);  // of each panel
  const Tile* by_rows = width == 1   ? kTiles<1, 1>
                        : lines == 1 ? kTiles<2, 1>
                        : lines == 2 ? kTiles<2, 2>
                                     : kTiles<2, kSteps>;
  for (size_t s = 0; s < slices; ++s) {
    const size_t begin = k * s / slices, depth = k * (s + 1) / slices - begin;
    const float* slice = b + begin * 16;
    const float* a_rows = a + begin;
    float* c_rows = c;
    const float* next = s + 1 < slices ? slice + depth * 16 : b + width * panel_size;
    for (size_t t = 0; t < tiles; ++t) {
      const size_t rows = rows_of_tile(m, tiles, t);
      by_rows[rows](a_rows, lda, slice, panel_size, depth, c_rows, ldc, s == 0, next);
      a_rows += rows * lda;
      c_rows += rows * ldc;
      next += lines * (depth / kSteps) * 16;
    }
  }
}

void gemm_f32(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k, float* c,
              size_t ldc) {
  switch (m) {
    case 0:
      return;
    case 1:
      return gemm_few_rows<1, 4>(a, lda, b, panels, k, c, ldc);
    case 2:
      return gemm_few_rows<2, 4>(a, lda, b, panels, k, c, ldc);
    case 3:
      return gemm_few_rows<3, 4>(a, lda, b, panels, k, c, ldc);
  }
  size_t p = 0;
  for (; p + 2 <= panels; p += 2) gemm_panels(a, lda, m, b + p * k * 16, 2, k, c + p * 16, ldc);
  if (p < panels) gemm_panels(a, lda, m, b + p * k * 16, 1, k, c + p * 16, ldc);
}

}  // namespace
}  // namespace linnet::kernels
