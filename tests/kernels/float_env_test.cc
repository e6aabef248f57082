#include "kernels/float_env.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>

namespace linnet::kernels {
namespace {

TEST(FloatEnv, SetsTheModeAndGivesItBack) {
  const unsigned before = _mm_getcsr();
  constexpr unsigned kFlushZeroRoundUp = 0x8040 | 0x4000;
  _mm_setcsr(before | kFlushZeroRoundUp);
  {
    const FloatEnv env;
    EXPECT_EQ(_mm_getcsr() & kFlushZeroRoundUp, 0u);
    const volatile float tiny = 1e-40f, one = 1.0f, third = 3.0f;
    EXPECT_GT(tiny * one, 0.0f);                       // no flush, no zero
    EXPECT_EQ(one / third, 0x1.555556p-2f);            // nearest; upwards gives the same
    EXPECT_EQ(one + 0x1p-30f * one, 1.0f);             // upwards: the next float
  }
  EXPECT_EQ(_mm_getcsr() & 0xffc0u, (before | kFlushZeroRoundUp) & 0xffc0u);
  _mm_setcsr(before);
}

}  // namespace
}  // namespace linnet::kernels
