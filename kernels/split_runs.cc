#include "kernels/split_runs.h"

namespace linnet::kernels {

SplitRuns split_runs_for(Isa isa) {
  // Every CPU with AVX2 has both, but a virtual machine may hide them.
  if (!__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("popcnt")) return nullptr;
  if (isa >= Isa::kAvx512) return split_runs_avx512;
  return isa >= Isa::kAvx2 ? split_runs_avx2 : nullptr;
}

}  // namespace linnet::kernels
