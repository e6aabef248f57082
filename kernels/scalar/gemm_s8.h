// kernels/scalar/gemm_s8.h - the int8 product, as its contract in kernels.h says it.
#pragma once

namespace linnet::kernels {
namespace {

void gemm_s8(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  for (size_t p = 0; p < b.panels; ++p) {
    const int8_t* panel = b.values + p * b.k4 * 16;
    for (size_t i = 0; i < m; ++i) {
      const uint8_t* row = a.values + i * a.ld;
      int32_t sum[16] = {};
      for (size_t l = 0; l < b.k4; l += 4) {
        for (size_t j = 0; j < 16; ++j) {
          const int8_t* w = panel + l * 16 + j * 4;
          sum[j] += row[l] * w[0] + row[l + 1] * w[1] + row[l + 2] * w[2] + row[l + 3] * w[3];
        }
      }
      for (size_t j = 0; j < 16; ++j) {
        const size_t n = p * 16 + j;
        const float centred = static_cast<float>(without_zero(sum[j], a.zero[i], b.column_sum[n]));
        c[i * ldc + n] = __builtin_fmaf(centred, a.scale[i] * b.scale[n], b.bias[n]);
      }
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
