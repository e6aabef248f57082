// Which tiers this CPU and operating system can run.
#include <cpuid.h>

#include <cassert>

#include "kernels/peak.h"
#include "kernels/tiers.h"

namespace linnet::kernels {
namespace {

// XCR0: which registers the operating system saves. Intel SDM vol. 1, section 13.3.
uint64_t saved_state() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// What the CPU has and the operating system saves. CPUID leaves 1 and 7: Intel SDM vol. 2A.
struct Features {
  bool avx2 = false;    // and FMA
  bool avx512 = false;  // F, BW, DQ, VL
};

Features detect() {
  Features features;
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return features;
  constexpr uint32_t kFma = 1u << 12, kOsxsave = 1u << 27, kAvx = 1u << 28;
  constexpr uint32_t kNeeded = kFma | kOsxsave | kAvx;
  if ((ecx & kNeeded) != kNeeded) return features;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return features;

  constexpr uint64_t kYmm = 0x06, kZmm = 0xE6;  // xmm and ymm; mask registers and both halves of zmm
  constexpr uint32_t kAvx2Bit = 1u << 5;
  constexpr uint32_t kAvx512Bits = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
  const uint64_t saved = saved_state();
  features.avx2 = (saved & kYmm) == kYmm && (ebx & kAvx2Bit) != 0;
  features.avx512 =
      features.avx2 && (saved & kZmm) == kZmm && (ebx & kAvx512Bits) == kAvx512Bits;
  return features;
}

const Features& features() {
  static const Features detected = detect();
  return detected;
}

}  // namespace

bool isa_supported(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return features().avx2;
    case Isa::kAvx512:
      return features().avx512;
  }
  return false;
}

const char* isa_name(Isa isa) {
  constexpr const char* kNames[kNumIsas] = {"scalar", "avx2", "avx512"};
  return kNames[static_cast<size_t>(isa)];
}

const Kernels& kernels_for(Isa isa) {
  assert(isa_supported(isa));
  if (isa == Isa::kAvx512) return kAvx512;
  if (isa == Isa::kAvx2) return kAvx2;
  return features().avx2 ? kScalarFma : kScalarPortable;
}

Isa best_isa() {
  if (features().avx512) return Isa::kAvx512;
  return features().avx2 ? Isa::kAvx2 : Isa::kScalar;
}

const char* scalar_variant() { return features().avx2 ? "fma" : "portable"; }

uint64_t run_fma_peak(Isa isa, uint64_t rounds) {
  assert(isa_supported(isa));
  if (isa == Isa::kAvx512) return run_fma_peak_avx512(rounds);
  return features().avx2 ? run_fma_peak_avx2(rounds) : 0;
}

}  // namespace linnet::kernels
