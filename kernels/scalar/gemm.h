// kernels/scalar/gemm.h - the product as the contract defines it: one chain over k for each output.
#pragma once

namespace linnet::kernels {
namespace {

// One row of A and one panel. The inner loop runs over columns, so that a compiler can vectorize it.
inline void multiply_panel(const float* a, const float* __restrict b, size_t k,
                           float* __restrict c) {
  float sum[16] = {};
  for (size_t l = 0; l < k; ++l) {
    const float x = a[l];
    for (size_t j = 0; j < 16; ++j) sum[j] = __builtin_fmaf(x, b[l * 16 + j], sum[j]);
  }
  memcpy(c, sum, sizeof(sum));
}

void gemm_f32(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k,
              float* c, size_t ldc) {
  for (size_t p = 0; p < panels; ++p, b += k * 16, c += 16) {
    for (size_t i = 0; i < m; ++i) multiply_panel(a + i * lda, b, k, c + i * ldc);
  }
}

}  // namespace
}  // namespace linnet::kernels
