// kernels/avx2/gemm_s8.h - int8 products on packed panels, in register tiles like those of gemm.h. Every
// sum is exact, so that no order matters; the tile's store dequantizes.
//
// Included after a dot_s8.h.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "kernels/tiles.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

constexpr size_t kMostRowsS8 = 6;

// R rows from i on, P panels from p on. Fetches `ahead` on the way, Lines lines of it every kSteps quads.
template <size_t R, size_t P, size_t Lines>
void multiply_tile_s8(const QuantizedRows& a, size_t i, const WeightsS8& b, size_t p, float* c,
                      size_t ldc, const void* ahead) {
  RowBases<R> rows(a.values + i * a.ld, a.ld);
  const int8_t* panel = b.values + p * b.k4 * 16;
  const size_t panel_size = b.k4 * 16;
  Sums sum[R][2 * P];
  unroll<2 * P>([&](auto v) {
    const __m256i minus_column_sum = _mm256_sub_epi32(
        _mm256_setzero_si256(),
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b.column_sum + p * 16 + v * 8)));
    unroll<R>([&](auto r) {
      const __m256i zero = _mm256_set1_epi32(a.zero[i + r]);
      sum[r][v] = reinterpret_cast<Sums>(_mm256_mullo_epi32(zero, minus_column_sum));
    });
  });
  const auto step = [&](auto l) __attribute__((always_inline)) {
    Columns columns[2 * P];
    unroll<2 * P>([&](auto v) {
      columns[v] = columns_at(panel + v / 2 * panel_size + l * 64 + v % 2 * 32);
    });
    unroll<R>([&](auto r) {
      const __m256i x = _mm256_castps_si256(rows.template broadcast<__m256, r, l>());
      unroll<2 * P>([&](auto v) { sum[r][v] = dot(sum[r][v], x, columns[v]); });
    });
  };
  const auto advance = [&](size_t steps) __attribute__((always_inline)) {
    rows.advance(steps);
    panel += steps * 64;
  };
  for_steps<1, Lines, (Lines >= kSteps ? FetchInto::kL2 : FetchInto::kL1)>(b.k4 / 4, ahead, 0, step, advance);
  // Local, since for all the compiler knows c is where the pointers lie.
  const float *scale = b.scale + p * 16, *bias = b.bias + p * 16, *row_scale = a.scale + i;
  ldc = known_from_here(ldc);
  c += i * ldc + p * 16;
  unroll<R>([&](auto r) {
    const __m256 factor = _mm256_set1_ps(row_scale[r]);
    unroll<2 * P>([&](auto v) {
      const __m256 centred = _mm256_cvtepi32_ps(reinterpret_cast<__m256i>(sum[r][v]));
      const __m256 both = _mm256_mul_ps(factor, _mm256_loadu_ps(scale + v * 8));
      _mm256_storeu_ps(c + r * ldc + v * 8, _mm256_fmadd_ps(centred, both, _mm256_loadu_ps(bias + v * 8)));
    });
  });
}

using TileS8 = void (*)(const QuantizedRows&, size_t, const WeightsS8&, size_t, float*, size_t,
                        const void*);

template <size_t Lines>
constexpr TileS8 kOnePanelS8[kMostRowsS8 + 1] = {
    nullptr,
    multiply_tile_s8<1, 1, Lines>, multiply_tile_s8<2, 1, Lines>, multiply_tile_s8<3, 1, Lines>,
    multiply_tile_s8<4, 1, Lines>, multiply_tile_s8<5, 1, Lines>, multiply_tile_s8<6, 1, Lines>};
// Few rows take more panels at once, or their few sums would wait for one another.
constexpr TileS8 kMorePanels[4] = {
    nullptr, multiply_tile_s8<1, 4, 4 * kSteps>, multiply_tile_s8<2, 3, 3 * kSteps>,
    multiply_tile_s8<3, 2, 2 * kSteps>};

void gemm_s8(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  const size_t tiles = (m + kMostRowsS8 - 1) / kMostRowsS8;  // of rows: sizes differ by at most one
  const size_t wide = m < 4 ? 5 - m : 1;
  const size_t lines = lines_to_fetch(tiles, 1);
  for (size_t p = 0; p < b.panels;) {
    const size_t width = p + wide <= b.panels ? wide : 1;
    const TileS8* by_rows = width > 1     ? kMorePanels
                            : lines == 1 ? kOnePanelS8<1>
                            : lines == 2 ? kOnePanelS8<2>
                                         : kOnePanelS8<kSteps>;
    const int8_t* next = b.values + (p + width) * b.k4 * 16;
    for (size_t t = 0, row = 0; t < tiles; ++t) {
      const size_t rows = rows_of_tile(m, tiles, t);
      by_rows[rows](a, row, b, p, c, ldc, next);
      row += rows;
      next += lines * (b.k4 / 4 / kSteps) * 64;
    }
    p += width;
  }
}

}  // namespace
}  // namespace linnet::kernels
