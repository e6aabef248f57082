// kernels/tiers.h - the tables that the ISA folders define; only dispatch.cc chooses among them.
#pragma once

#include "kernels/kernels.h"

namespace linnet::kernels {

extern const Kernels kScalarPortable;  // for any x86-64
extern const Kernels kScalarFma;       // the same source, compiled for AVX2 and FMA
extern const Kernels kAvx2;
extern const Kernels kAvx512;

// The other tiers are these with another int8 product:
void gemm_s8_avx2_vnni(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc);
void gemm_s8_avx512_vnni(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc);
void gemm_s8_avx512_amx(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc);

}  // namespace linnet::kernels
