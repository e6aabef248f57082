#include "kernels/float_env.h"

#include <xmmintrin.h>

namespace linnet::kernels {
namespace {

// Round to nearest, no FTZ, no DAZ, every exception masked, no exception raised.
constexpr uint32_t kDefaultMxcsr = 0x1f80;
constexpr uint16_t kX87Rounding = 0x0c00;  // 0: nearest

}  // namespace

FloatEnv::FloatEnv() : saved_(_mm_getcsr()) {
  _mm_setcsr(kDefaultMxcsr);
  asm volatile("fnstcw %0" : "=m"(saved_x87_));
  const auto nearest = static_cast<uint16_t>(saved_x87_ & ~kX87Rounding);
  asm volatile("fldcw %0" : : "m"(nearest));
}

FloatEnv::~FloatEnv() {
  asm volatile("fldcw %0" : : "m"(saved_x87_));
  _mm_setcsr(saved_);
}

}  // namespace linnet::kernels
