// linnet/machine.h.
#include "linnet/machine.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "kernels/peak.h"

namespace linnet {

double measure_fma_peak() {
  if (!kernels::isa_supported(kernels::Isa::kAvx2)) return 0;
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const uint64_t operations = kernels::run_fma_peak(kernels::Isa::kAvx2, 2'000'000);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(operations) / time.count());
  }
  return best;
}

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
