// kernels/peak.h - what this core can do at most, for benchmarks to compare with.
#pragma once

#include <stdint.h>

#include "kernels/kernels.h"

namespace linnet::kernels {

// Runs independent fp32 multiply-adds of a tier from registers alone and returns how many floating-point
// operations that were: the caller takes the time. REQUIRES: isa_supported(isa).
uint64_t run_fma_peak(Isa isa, uint64_t rounds);

}  // namespace linnet::kernels
