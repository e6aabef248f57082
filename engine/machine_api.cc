// linnet/machine.h.
#include "linnet/machine.h"

#include <time.h>

#include <algorithm>
#include <fstream>

#include "engine/model_impl.h"
#include "kernels/peak.h"

namespace linnet {
namespace {

// CPU time: what else runs on the core does not count.
double thread_seconds() {
  timespec time;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double measure_peak(const std::string& name, uint64_t (*run)(kernels::Isa, uint64_t)) {
  const Result<kernels::Isa> isa = name.empty() ? kernels::best_isa() : engine::choose_isa(name);
  if (!isa.ok()) return 0;
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    const double start = thread_seconds();
    const uint64_t operations = run(isa.value(), 2'000'000);
    best = std::max(best, static_cast<double>(operations) / (thread_seconds() - start));
  }
  return best;
}

}  // namespace

double measure_fma_peak(const std::string& isa) { return measure_peak(isa, kernels::run_fma_peak); }
double measure_int8_peak(const std::string& isa) { return measure_peak(isa, kernels::run_s8_peak); }

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

}  // namespace linnet
