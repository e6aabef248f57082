// The int8 product of the avx512-vnni tier: needs AVX-512 F, BW, DQ, VL and VNNI.
#include "kernels/avx512_vnni/dot_s8.h"

#include "kernels/avx512/gemm_s8.h"
#include "kernels/tiers.h"

namespace linnet::kernels {
void gemm_s8_avx512_vnni(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  gemm_s8(a, m, b, c, ldc);
}
}  // namespace linnet::kernels
