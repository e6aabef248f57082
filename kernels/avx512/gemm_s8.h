// kernels/avx512/gemm_s8.h - int8 products on packed panels, in register tiles like those of gemm.h. Every
// sum is exact, so that no order matters; the tile's store dequantizes.
//
// Included after a dot_s8.h.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

constexpr size_t kMostRowsS8 = 12;

inline __m512i broadcast_quad(const uint8_t* p) {
  int32_t quad;
  __builtin_memcpy(&quad, p, sizeof(quad));
  return _mm512_set1_epi32(quad);
}

// R rows from i on, P panels from p on. Fetches `ahead`, `ahead_step` bytes a quad, on the way.
template <size_t R, size_t P>
void multiply_tile_s8(const QuantizedRows& a, size_t i, const WeightsS8& b, size_t p, float* c,
                      size_t ldc, const int8_t* ahead, size_t ahead_step) {
  const uint8_t* rows = a.values + i * a.ld;
  const int8_t* panel = b.values + p * b.k4 * 16;
  const size_t lda = a.ld, panel_size = b.k4 * 16, quads = b.k4 / 4;
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
#pragma GCC unroll 4
  for (size_t l = 0; l < quads; ++l) {
    __m512i columns[P];
#pragma GCC unroll 16
    for (size_t v = 0; v < P; ++v) {
      _mm_prefetch(reinterpret_cast<const char*>(ahead + l * ahead_step + v * 64), _MM_HINT_T0);
      columns[v] = _mm512_loadu_si512(panel + v * panel_size + l * 64);
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const __m512i x = broadcast_quad(rows + r * lda + l * 4);
#pragma GCC unroll 16
      for (size_t v = 0; v < P; ++v) sum[r][v] = dot(sum[r][v], x, columns[v]);
    }
  }
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
                        const int8_t*, size_t);

constexpr TileS8 kTwoPanels[kMostRowsS8 + 1] = {
    nullptr,
    multiply_tile_s8<1, 2>, multiply_tile_s8<2, 2>,  multiply_tile_s8<3, 2>,  multiply_tile_s8<4, 2>,
    multiply_tile_s8<5, 2>, multiply_tile_s8<6, 2>,  multiply_tile_s8<7, 2>,  multiply_tile_s8<8, 2>,
    multiply_tile_s8<9, 2>, multiply_tile_s8<10, 2>, multiply_tile_s8<11, 2>, multiply_tile_s8<12, 2>};
constexpr TileS8 kOnePanel[kMostRowsS8 + 1] = {
    nullptr,
    multiply_tile_s8<1, 1>, multiply_tile_s8<2, 1>,  multiply_tile_s8<3, 1>,  multiply_tile_s8<4, 1>,
    multiply_tile_s8<5, 1>, multiply_tile_s8<6, 1>,  multiply_tile_s8<7, 1>,  multiply_tile_s8<8, 1>,
    multiply_tile_s8<9, 1>, multiply_tile_s8<10, 1>, multiply_tile_s8<11, 1>, multiply_tile_s8<12, 1>};
// Few rows take more panels at once, or their few sums would wait for one another.
constexpr TileS8 kFourPanels[5] = {nullptr, multiply_tile_s8<1, 4>, multiply_tile_s8<2, 4>,
                                   multiply_tile_s8<3, 4>, multiply_tile_s8<4, 4>};

void gemm_s8(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  const size_t tiles = (m + kMostRowsS8 - 1) / kMostRowsS8;  // of rows: sizes differ by at most one
  const size_t wide = m <= 4 ? 4 : 2;
  for (size_t p = 0; p < b.panels;) {
    const size_t width = p + wide <= b.panels ? wide : 1;
    const TileS8* by_rows = width == 4 ? kFourPanels : width == 2 ? kTwoPanels : kOnePanel;
    const int8_t* next = b.values + (p + width) * b.k4 * 16;
    const size_t step = tiles == 0 ? 0 : (width * 64 + tiles - 1) / tiles;
    for (size_t t = 0; t < tiles; ++t) {
      const size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
      by_rows[rows](a, row, b, p, c, ldc, next + t * step * (b.k4 / 4), step);
    }
    p += width;
  }
}

}  // namespace
}  // namespace linnet::kernels
