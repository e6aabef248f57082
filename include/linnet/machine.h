// linnet/machine.h - what this machine can do at most: the yardstick for benchmarks.
#pragma once

#include <string>

namespace linnet {

// Floating-point operations a second that the multiply-add units of one core reach from registers alone,
// measured now in about 30 ms, with the instructions of the tier `isa` ("avx2"); empty: of the fastest one. 0
// where that tier has none or this CPU has no such tier. Fluctuates with the core's clock and with what else
// runs on it. "scalar" is compiled with multiply-adds of 8 lanes where the CPU has them, and has their peak.
double measure_fma_peak(const std::string& isa = "");

// The same for products of bytes, added up exactly, as int8 models use them.
double measure_int8_peak(const std::string& isa = "");

std::string cpu_name();  // "AMD EPYC 7763 64-Core Processor"; empty when the system does not say

}  // namespace linnet
