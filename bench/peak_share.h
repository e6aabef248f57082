// bench/peak_share.h - the FMA peak of this core, measured first, and counters as shares of it.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "kernels/peak.h"

namespace linnet::bench {

// Operations a second of the multiply-add units of one core: the best of some short runs.
inline double fma_peak() {
  static const double peak = [] {
    if (!kernels::isa_supported(kernels::Isa::kAvx2)) return 0.0;
    double best = 0;
    for (int i = 0; i < 10; ++i) {
      const auto start = std::chrono::steady_clock::now();
      const auto operations = static_cast<double>(kernels::run_fma_peak(kernels::Isa::kAvx2, 5'000'000));
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      best = std::max(best, operations / time.count());
    }
    std::printf("FMA peak of this core: %.1f GFLOP/s\n", best / 1e9);
    return best;
  }();
  return peak;
}

// Counters for a loop that did `operations` floating-point operations an iteration.
inline void count_flops(benchmark::State& state, double operations) {
  const double all = operations * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(all / 1e9, benchmark::Counter::kIsRate);
  if (fma_peak() > 0) {
    state.counters["of_peak"] = benchmark::Counter(all / fma_peak(), benchmark::Counter::kIsRate);
  }
}

}  // namespace linnet::bench
