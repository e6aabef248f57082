// The int8 product of the avx2-vnni tier: needs AVX2, FMA and AVX-VNNI.
#include "kernels/avx2_vnni/dot_s8.h"

#include "kernels/avx2/gemm_s8.h"
#include "kernels/tiers.h"

namespace linnet::kernels {
void gemm_s8_avx2_vnni(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc) {
  gemm_s8(a, m, b, c, ldc);
}
}  // namespace linnet::kernels
