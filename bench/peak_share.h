// bench/peak_share.h - the FMA peak of this core, measured first, and counters as shares of it.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdio>

#include "kernels/peak.h"

namespace linnet::bench {

// CPU time, which Google Benchmark's rates count too.
inline double thread_seconds() {
  timespec time;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Operations a second of one core's multiply-add units: the best of some short runs.
inline double measure_peak(uint64_t (*run)(kernels::Isa, uint64_t)) {
  double best = 0;
  for (int i = 0; i < 10; ++i) {
    const double start = thread_seconds();
    const auto operations = static_cast<double>(run(kernels::best_isa(), 5'000'000));
    best = std::max(best, operations / (thread_seconds() - start));
  }
  return best;
}

inline double fma_peak() {
  static const double peak = [] {
    const double found = measure_peak(kernels::run_fma_peak);
    std::printf("FMA peak of this core: %.1f GFLOP/s\n", found / 1e9);
    return found;
  }();
  return peak;
}
inline double s8_peak() {
  static const double peak = [] {
    const double found = measure_peak(kernels::run_s8_peak);
    std::printf("int8 peak of this core: %.1f GOP/s\n", found / 1e9);
    return found;
  }();
  return peak;
}

// Counters for a loop that did `operations` of a kind that has this peak in an iteration.
inline void count_flops(benchmark::State& state, double operations, double peak = fma_peak()) {
  const double all = operations * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(all / 1e9, benchmark::Counter::kIsRate);
  if (peak > 0) state.counters["of_peak"] = benchmark::Counter(all / peak, benchmark::Counter::kIsRate);
}

}  // namespace linnet::bench
