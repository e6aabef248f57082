// The int8 product against 64-bit sums and the formula of kernels.h, on every tier.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include "tests/kernels/s8_operands.h"
#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;
using Operands = tests::S8Operands;
using Values = tests::S8Values;

void check(size_t m, size_t k, size_t panels, Values values, uint32_t seed) {
  Operands operands(m, k, panels, values, seed);
  Matrix expected(m, panels * 16, panels * 16 + seed % 5);
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < panels * 16; ++j) expected.at(i, j) = operands.expected(i, j);
  }
  for (const auto& tier : tests::tiers_under_test()) {
    Matrix c(m, panels * 16, expected.ld());
    tier.kernels->gemm_s8(operands.rows(), m, operands.packed(), c.data(), c.ld());
    EXPECT_TRUE(c.same_bits(expected)) << tier.name << ": " << m << " x " << k << " x " << panels;
  }
}

TEST(GemmS8, WithAmxWhereItIsWanted) {
  if (std::getenv("LINNET_TEST_AMX") == nullptr) return;
  EXPECT_TRUE(isa_supported(Isa::kAvx512Amx));
}

TEST(GemmS8, EveryRowCount) {
  for (size_t m = 0; m <= 70; ++m) check(m, 37, 3, Values::kRandom, static_cast<uint32_t>(m));
}

TEST(GemmS8, EveryPanelCount) {
  for (const size_t m : {1, 2, 3, 4, 5, 7, 13, 16, 17, 28, 29, 33, 60}) {
    for (size_t panels = 1; panels <= 9; ++panels) {
      check(m, 20, panels, Values::kRandom, static_cast<uint32_t>(10 * m + panels));
    }
  }
}

TEST(GemmS8, Depths) {
  for (const size_t k : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 256, 257, 384, 1021, 1536}) {
    for (const size_t m : {1, 5, 13, 40}) check(m, k, 3, Values::kRandom, static_cast<uint32_t>(k));
  }
}

// The greatest sums of two products, and of all: 65536 * 255 * 64 and more would overflow 31 bits.
TEST(GemmS8, NothingSaturates) {
  for (const size_t k : {2, 64, 255, 1000}) {
    for (const size_t m : {1, 2, 4, 16, 30}) {
      check(m, k, 4, Values::kExtreme, static_cast<uint32_t>(k + m));
    }
  }
  check(2, 65'536, 1, Values::kExtreme, 7);
}

// Of a file that nobody has checked: whatever comes of it, it is the same, and no overflow of a signed number.
TEST(GemmS8, WrongColumnSumsWrap) {
  Operands operands(3, 16, 2, Values::kRandom, 3);
  operands.column_sum.assign(32, std::numeric_limits<int32_t>::max());
  std::optional<Matrix> first;
  for (const auto& tier : tests::tiers_under_test()) {
    Matrix c(3, 32, 32);
    tier.kernels->gemm_s8(operands.rows(), 3, operands.packed(), c.data(), c.ld());
    if (!first) first = c;
    EXPECT_TRUE(c.same_bits(*first)) << tier.name;
  }
}

TEST(GemmS8, ARowOfNanStaysAlone) {
  Operands operands(3, 16, 2, Values::kRandom, 3);
  operands.row_scale[1] = std::numeric_limits<float>::quiet_NaN();
  for (const auto& tier : tests::tiers_under_test()) {
    Matrix c(3, 32, 32);
    tier.kernels->gemm_s8(operands.rows(), 3, operands.packed(), c.data(), c.ld());
    for (size_t j = 0; j < 32; ++j) {
      EXPECT_EQ(c.at(0, j), operands.expected(0, j)) << tier.name;
      EXPECT_TRUE(std::isnan(c.at(1, j))) << tier.name;
      EXPECT_EQ(c.at(2, j), operands.expected(2, j)) << tier.name;
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
