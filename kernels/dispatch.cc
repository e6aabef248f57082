// Which tiers this CPU and operating system can run.
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

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
  bool avx2_vnni = false, avx512_vnni = false;
  bool amx = false;  // the tiles and their int8 products
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
  constexpr uint32_t kAvx512Vnni = 1u << 11, kAvxVnni = 1u << 4;
  features.avx512_vnni = features.avx512 && (ecx & kAvx512Vnni) != 0;
  constexpr uint64_t kTileState = 3u << 17;  // shapes and contents
  constexpr uint32_t kAmxBits = 1u << 24 | 1u << 25;  // TILE, INT8
  features.amx = features.avx512_vnni && (saved & kTileState) == kTileState && (edx & kAmxBits) == kAmxBits;
  const uint32_t subleaves = eax;
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0) {
    features.avx2_vnni = features.avx2 && (eax & kAvxVnni) != 0;
  }
  return features;
}

const Features& features() {
  static const Features detected = detect();
  return detected;
}

// Where the CPU can fault a process's first use of the tiles (XFD: Intel SDM vol. 1, section 13.14), Linux lets only
// those use them that have asked (Documentation/arch/x86/xstate.rst). It refuses where a signal stack is too small.
bool ask_for_tiles() {
  constexpr uint32_t kXfd = 1u << 4;
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid_count(0xD, 1, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((eax & kXfd) == 0) return true;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM of <asm/prctl.h>, 5.16 and later
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool tiles_granted() {
  static const bool granted = ask_for_tiles();
  return granted;
}

}  // namespace

bool isa_supported(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return features().avx2;
    case Isa::kAvx2Vnni:
      return features().avx2_vnni;
    case Isa::kAvx512:
      return features().avx512;
    case Isa::kAvx512Vnni:
      return features().avx512_vnni;
    case Isa::kAvx512Amx:
      return features().amx && tiles_granted();
  }
  return false;
}

const char* isa_name(Isa isa) {
  constexpr const char* kNames[kNumIsas] = {"scalar", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-amx"};
  return kNames[static_cast<size_t>(isa)];
}

const Kernels& kernels_for(Isa isa) {
  assert(isa_supported(isa));
  const auto with_product = [](Kernels table, Isa tier, decltype(Kernels::gemm_s8) gemm_s8) {
    table.name = isa_name(tier);
    table.gemm_s8 = gemm_s8;
    return table;
  };
  static const Kernels avx2_vnni = with_product(kAvx2, Isa::kAvx2Vnni, gemm_s8_avx2_vnni);
  static const Kernels avx512_vnni = with_product(kAvx512, Isa::kAvx512Vnni, gemm_s8_avx512_vnni);
  static const Kernels avx512_amx = with_product(kAvx512, Isa::kAvx512Amx, gemm_s8_avx512_amx);
  switch (isa) {
    case Isa::kScalar:
      break;
    case Isa::kAvx2:
      return kAvx2;
    case Isa::kAvx2Vnni:
      return avx2_vnni;
    case Isa::kAvx512:
      return kAvx512;
    case Isa::kAvx512Vnni:
      return avx512_vnni;
    case Isa::kAvx512Amx:
      return avx512_amx;
  }
  return features().avx2 ? kScalarFma : kScalarPortable;
}

Isa best_isa() {
  for (size_t i = kNumIsas; i-- > 1;) {
    if (isa_supported(static_cast<Isa>(i))) return static_cast<Isa>(i);
  }
  return Isa::kScalar;
}

const char* scalar_variant() { return features().avx2 ? "fma" : "portable"; }

uint64_t run_fma_peak(Isa isa, uint64_t rounds) {
  assert(isa_supported(isa));
  if (isa >= Isa::kAvx512) return run_fma_peak_avx512(rounds);
  return features().avx2 ? run_fma_peak_avx2(rounds) : 0;
}

uint64_t run_s8_peak(Isa isa, uint64_t rounds) {
  assert(isa_supported(isa));
  switch (isa) {
    case Isa::kAvx512Amx:
      return run_s8_peak_avx512_amx(rounds);
    case Isa::kAvx512Vnni:
      return run_s8_peak_avx512_vnni(rounds);
    case Isa::kAvx512:
      return run_s8_peak_avx512(rounds);
    case Isa::kAvx2Vnni:
      return run_s8_peak_avx2_vnni(rounds);
    case Isa::kAvx2:
    case Isa::kScalar:
      break;
  }
  return features().avx2 ? run_s8_peak_avx2(rounds) : 0;
}

uint64_t read_plainly(Isa isa, const void* p, size_t bytes) {
  assert(isa_supported(isa));
  if (isa >= Isa::kAvx512) return read_plainly_avx512(p, bytes);
  if (features().avx2) return read_plainly_avx2(p, bytes);
  const auto* from = static_cast<const uint64_t*>(p);
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes / 256 * 32; ++i) sum ^= from[i];
  return sum;
}

}  // namespace linnet::kernels
