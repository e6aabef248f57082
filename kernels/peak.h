// kernels/peak.h - what this core can do at most, for benchmarks to compare with.
#pragma once

#include <stdint.h>

#include "kernels/kernels.h"

namespace linnet::kernels {

// Runs independent fp32 multiply-adds of a tier from registers alone and returns how many floating-point
// operations that were: the caller takes the time. REQUIRES: isa_supported(isa).
// The scalar tier is compiled for AVX2 where the CPU has it, and has that peak; else there is none: 0.
uint64_t run_fma_peak(Isa isa, uint64_t rounds);

uint64_t run_fma_peak_avx2(uint64_t rounds);    // defined in the tiers' folders: ask run_fma_peak
uint64_t run_fma_peak_avx512(uint64_t rounds);

}  // namespace linnet::kernels
