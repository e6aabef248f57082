// Which tiers this CPU and operating system can run.
#include <cpuid.h>

#include <cassert>

#include "kernels/tiers.h"

namespace linnet::kernels {
namespace {

// XCR0: which registers the operating system saves. Intel SDM vol. 1, section 13.3.
uint64_t saved_state() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// CPUID leaves 1 and 7, Intel SDM vol. 2A.
bool cpu_has_avx2_and_fma() {
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
  constexpr uint32_t kFma = 1u << 12, kOsxsave = 1u << 27, kAvx = 1u << 28;
  constexpr uint32_t kNeeded = kFma | kOsxsave | kAvx;
  if ((ecx & kNeeded) != kNeeded) return false;
  constexpr uint64_t kXmmAndYmm = 0x6;
  if ((saved_state() & kXmmAndYmm) != kXmmAndYmm) return false;
  constexpr uint32_t kAvx2Bit = 1u << 5;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kAvx2Bit) != 0;
}

bool has_avx2() {
  static const bool has = cpu_has_avx2_and_fma();
  return has;
}

}  // namespace

bool isa_supported(Isa isa) { return isa == Isa::kScalar || has_avx2(); }

const char* isa_name(Isa isa) { return isa == Isa::kScalar ? "scalar" : "avx2"; }

const Kernels& kernels_for(Isa isa) {
  assert(isa_supported(isa));
  if (isa == Isa::kAvx2) return kAvx2;
  return has_avx2() ? kScalarFma : kScalarPortable;
}

Isa best_isa() { return has_avx2() ? Isa::kAvx2 : Isa::kScalar; }

const char* scalar_variant() { return has_avx2() ? "fma" : "portable"; }

}  // namespace linnet::kernels
