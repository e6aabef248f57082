// kernels/peak.h - what this core can do at most, for benchmarks to compare with.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

namespace linnet::kernels {

// Each runs a tier's fastest instructions from registers alone and returns how many operations (a multiply
// and an add are two) that were: the caller takes the time. REQUIRES: isa_supported(isa).
// The scalar tier is compiled for AVX2 where the CPU has it, and has that peak; else there is none: 0.
uint64_t run_fma_peak(Isa isa, uint64_t rounds);  // fp32 multiply-adds
uint64_t run_s8_peak(Isa isa, uint64_t rounds);   // products of bytes, added up exactly

// Reads `bytes` bytes (rounded down to 256) from p, in vectors as wide as the tier's; returns something that
// depends on all of them. With a buffer beyond the caches its speed is a bound for products of few rows.
uint64_t read_plainly(Isa isa, const void* p, size_t bytes);

// Defined in the tiers' folders: ask the ones above.
uint64_t run_fma_peak_avx2(uint64_t rounds);
uint64_t run_fma_peak_avx512(uint64_t rounds);
uint64_t run_s8_peak_avx2(uint64_t rounds);
uint64_t run_s8_peak_avx2_vnni(uint64_t rounds);
uint64_t run_s8_peak_avx512(uint64_t rounds);
uint64_t run_s8_peak_avx512_vnni(uint64_t rounds);
uint64_t run_s8_peak_avx512_amx(uint64_t rounds);
uint64_t read_plainly_avx2(const void* p, size_t bytes);
uint64_t read_plainly_avx512(const void* p, size_t bytes);

}  // namespace linnet::kernels
