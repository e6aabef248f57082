// kernels/avx2/gemm.h - fp32 products on packed panels: register tiles of up to 6 rows x 16 columns,
// and wider ones where there are fewer rows, so that 8 or more independent chains hide the latency of
// the multiply-add (4 cycles, two a cycle).
#pragma once

#include <immintrin.h>
#include <stddef.h>

namespace linnet::kernels {
namespace {

// A slice of one panel that stays in the L1 cache beside the rows of A that meet it: 16 KB.
constexpr size_t kSliceDepth = 256;

// Adds rows x k-slice to R x (16 * P) outputs. `a` and `b` point at the slice's first k; panels lie
// `panel_size` floats apart. The first slice starts the chains at +0, later ones continue from c.
// `ahead` is fetched into the cache on the way, `ahead_step` bytes a step.
template <size_t R, size_t P>
inline void multiply_tile(const float* a, size_t lda, const float* b, size_t panel_size, size_t k,
                          float* c, size_t ldc, bool first, const float* ahead, size_t ahead_step) {
  __m256 sum[R][2 * P];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t v = 0; v < 2 * P; ++v) {
      sum[r][v] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(c + r * ldc + v * 8);
    }
  }
  for (size_t l = 0; l < k; ++l) {
    _mm_prefetch(reinterpret_cast<const char*>(ahead) + l * ahead_step, _MM_HINT_T0);
    __m256 columns[2 * P];
#pragma GCC unroll 16
    for (size_t v = 0; v < 2 * P; ++v) {
      columns[v] = _mm256_loadu_ps(b + (v / 2) * panel_size + l * 16 + (v % 2) * 8);
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const __m256 x = _mm256_broadcast_ss(a + r * lda + l);
#pragma GCC unroll 16
      for (size_t v = 0; v < 2 * P; ++v) sum[r][v] = _mm256_fmadd_ps(x, columns[v], sum[r][v]);
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t v = 0; v < 2 * P; ++v) _mm256_storeu_ps(c + r * ldc + v * 8, sum[r][v]);
  }
}

// All of k for R rows and P panels.
template <size_t R, size_t P>
void multiply_few_rows(const float* a, size_t lda, const float* b, size_t k, float* c, size_t ldc) {
  multiply_tile<R, P>(a, lda, b, k * 16, k, c, ldc, true, b + P * k * 16, 64);
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

inline void multiply_rows(size_t rows, const float* a, size_t lda, const float* b, size_t k, float* c,
                          size_t ldc, bool first, const float* ahead, size_t ahead_step) {
  switch (rows) {
    case 3:
      return multiply_tile<3, 1>(a, lda, b, 0, k, c, ldc, first, ahead, ahead_step);
    case 4:
      return multiply_tile<4, 1>(a, lda, b, 0, k, c, ldc, first, ahead, ahead_step);
    case 5:
      return multiply_tile<5, 1>(a, lda, b, 0, k, c, ldc, first, ahead, ahead_step);
    default:
      return multiply_tile<6, 1>(a, lda, b, 0, k, c, ldc, first, ahead, ahead_step);
  }
}

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
  const size_t slices = k <= kSliceDepth ? 1 : (k + kSliceDepth - 1) / kSliceDepth;
  const size_t step = (64 + tiles - 1) / tiles;  // each tile fetches its part of the slice that follows
  for (size_t p = 0; p < panels; ++p, c += 16) {
    for (size_t s = 0; s < slices; ++s) {
      const size_t begin = k * s / slices, depth = k * (s + 1) / slices - begin;
      const float* slice = b + (p * k + begin) * 16;
      for (size_t t = 0; t < tiles; ++t) {
        const size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
        multiply_rows(rows, a + row * lda + begin, lda, slice, depth, c + row * ldc, ldc, s == 0,
                      slice + depth * 16 + t * step * depth / sizeof(float), step);
      }
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
