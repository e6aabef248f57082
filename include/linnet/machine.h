// linnet/machine.h - what this machine can do at most: the yardstick for benchmarks.
#pragma once

#include <string>

namespace linnet {

// Floating-point operations a second that the multiply-add units of one core reach from registers alone,
// measured now in about 30 ms, with the instructions of the fastest tier. 0 where no tier but scalar
// runs. Fluctuates with the core's clock and with what else runs on it.
double measure_fma_peak();

// The same for products of bytes, added up exactly, as int8 models use them.
double measure_int8_peak();

std::string cpu_name();  // "AMD EPYC 7763 64-Core Processor"; empty when the system does not say

}  // namespace linnet
