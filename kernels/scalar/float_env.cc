#include "kernels/float_env.h"

#include <xmmintrin.h>

namespace linnet::kernels {
namespace {

// Round to nearest, no FTZ, no DAZ, every exception masked, no exception raised.
constexpr uint32_t kDefaultMxcsr = 0x1f80;

}  // namespace

FloatEnv::FloatEnv() : saved_(_mm_getcsr()) { _mm_setcsr(kDefaultMxcsr); }
FloatEnv::~FloatEnv() { _mm_setcsr(saved_); }

}  // namespace linnet::kernels
