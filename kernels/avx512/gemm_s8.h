// kernels/avx512/gemm_s8.h - int8 products on packed panels, in register tiles like those of gemm.h. Every
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

constexpr size_t kMostRowsS8 = 12;

// R rows from i on, P panels from p on. Fetches `ahead` on the way, Lines lines of it every kSteps quads.
template <size_t R, size_t P, size_t Lines>
void multiply_tile_s8(const QuantizedRows& a, size_t i, const WeightsS8& b, size_t p, float* c,
                      size_t ldc, const void* ahead) {
  RowBases<R> rows(a.values + i * a.ld, a.ld);
  const int8_t* panel = b.values + p * b.k4 * 16;
  const size_t panel_size = b.k4 * 16;
  Sums sum[R][P];
  __m512i minus_column_sum[P];
  unroll<P>([&](auto v) {
    minus_column_sum[v] =
        _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(b.column_sum + (p + v) * 16));
  });
  unroll<R>([&](auto r) {
    const __m512i zero = _mm512_set1_epi32(a.zero[i + r]);
    unroll<P>([&](auto v) {
      sum[r][v] = reinterpret_cast<Sums>(_mm512_mullo_epi32(zero, minus_column_sum[v]));
    });
  });
  const auto step = [&](auto l) __attribute__((always_inline)) {
    __m512i columns[P];
    unroll<P>([&](auto v) { columns[v] = _mm512_loadu_si512(panel + v * panel_size + l * 64); });
    unroll<R>([&](auto r) {
      const __m512i x = _mm512_castps_si512(rows.template broadcast<__m512, r, l>());
      unroll<P>([&](auto v) { sum[r][v] = dot(sum[r][v], x, columns[v]); });
    });
  };
  const auto advance = [&](size_t steps) __attribute__((always_inline)) {
    rows.advance(steps);
    panel += steps * 64;
  };
  constexpr FetchInto kInto = R <= 8 || Lines >= 2 * kSteps ? FetchInto::kL2 : FetchInto::kL1;
  for_steps<1, Lines, kInto>(b.k4 / 4, ahead, 0, step, advance);
  __m512 scale[P], bias[P];  // read once: for all the compiler knows, c is where they lie
  unroll<P>([&](auto v) {
    scale[v] = _mm512_loadu_ps(b.scale + (p + v) * 16);
    bias[v] = _mm512_loadu_ps(b.bias + (p + v) * 16);
  });
  unroll<R>([&](auto r) {
    const __m512 row_scale = _mm512_set1_ps(a.scale[i + r]);
    unroll<P>([&](auto v) {
      const __m512 centred = _mm512_cvtepi32_ps(reinterpret_cast<__m512i>(sum[r][v]));
      _mm512_storeu_ps(c + (i + r) * ldc + (p + v) * 16,
                       _mm512_fmadd_ps(centred, _mm512_mul_ps(row_scale, scale[v]), bias[v]));
    });
  });
}

using TileS8 = void (*)(const QuantizedRows&, size_t, const WeightsS8&, size_t, float*, size_t,
                        const void*);

// By rows, from 0; P panels wide.
template <size_t P, size_t Lines>
constexpr TileS8 kTilesS8[kMostRowsS8 + 1] = {
    nullptr,
    multiply_tile_s8<1, P, Lines>,  multiply_tile_s8<2, P, Lines>,  multiply_tile_s8<3, P, Lines>,
    multiply_tile_s8<4, P, Lines>,  multiply_tile_s8<5, P, Lines>,  multiply_tile_s8<6, P, Lines>,
    multiply_tile_s8<7, P, Lines>,  multiply_tile_s8<8, P, Lines>,  multiply_tile_s8<9, P, Lines>,
    multiply_tile_s8<10, P, Lines>, multiply_tile_s8<11, P, Lines>, multiply_tile_s8<12, P, Lines>};
// Few rows take more panels at once, or their few sums would wait for one another.
constexpr TileS8 kFourPanels[5] = {
    nullptr, multiply_tile_s8<1, 4, 4 * kSteps>, multiply_tile_s8<2, 4, 4 * kSteps>,
    multiply_tile_s8<3, 4, 4 * kSteps>, multiply_tile_s8<4, 4, 4 * kSteps>};

void gemm_s8(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  const size_t tiles = (m + kMostRowsS8 - 1) / kMostRowsS8;  // of rows: sizes differ by at most one
  const size_t wide = m <= 4 ? 4 : 2;
  const size_t lines = lines_to_fetch(tiles, 2);
  for (size_t p = 0; p < b.panels;) {
    const size_t width = p + wide <= b.panels ? wide : 1;
    const TileS8* by_rows = width == 4   ? kFourPanels
                            : width == 1 ? kTilesS8<1, 1>
                            : lines <= 2 ? kTilesS8<2, 2>
                            : lines == 4 ? kTilesS8<2, 4>
                                         : kTilesS8<2, 8>;
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
