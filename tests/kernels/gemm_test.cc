// Products against the contract itself: one chain of std::fma over k for each output.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;

float chain(const Matrix& a, size_t row, const std::vector<float>& b, size_t k, size_t column) {
  float sum = 0;
  for (size_t l = 0; l < k; ++l) {
    sum = std::fma(a.at(row, l), b[(column / 16 * k + l) * 16 + column % 16], sum);
  }
  return sum;
}

struct Shape {
  size_t m, k, panels;
};

void check(const Shape& shape, uint32_t seed) {
  const auto [m, k, panels] = shape;
  tests::RandomFloats random(seed);
  Matrix a(m, k, k + seed % 3);
  a.fill(random);
  std::vector<float> b(panels * k * 16);
  for (float& x : b) x = random();
  Matrix expected(m, panels * 16, panels * 16 + seed % 5);
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < panels * 16; ++j) expected.at(i, j) = chain(a, i, b, k, j);
  }
  for (const auto& tier : tests::tiers_under_test()) {
    Matrix c(m, panels * 16, expected.ld());
    tier.kernels->gemm_f32(a.data(), a.ld(), m, b.data(), panels, k, c.data(), c.ld());
    EXPECT_TRUE(c.same_bits(expected)) << tier.name << ": " << m << " x " << k << " x " << panels;
  }
}

TEST(Gemm, EveryRowCount) {
  for (size_t m = 0; m <= 70; ++m) check({m, 37, 3}, static_cast<uint32_t>(m));
}

TEST(Gemm, EveryPanelCountForFewRows) {
  for (size_t m = 1; m <= 7; ++m) {
    for (size_t panels = 1; panels <= 9; ++panels) {
      check({m, 19, panels}, static_cast<uint32_t>(10 * m + panels));
    }
  }
}

TEST(Gemm, DepthsAroundTheSlices) {
  for (const size_t k : {1, 2, 3, 15, 16, 17, 255, 256, 257, 384, 511, 512, 513, 769}) {
    for (const size_t m : {1, 5, 13}) check({m, k, 2}, static_cast<uint32_t>(k));
  }
}

// a * b + addend = 1 + 2^-23 + 2^-24 - 2^-70 lies just below the middle of two floats. A double cannot
// tell it from the middle, and rounding that again goes up: a tier that went through double would show.
TEST(Gemm, RoundsOnce) {
  const float a = 0x1p-12f * (1 + 0x1p-23f), b = 0x1p-12f * (1 - 0x1p-23f);
  const float addend = 1 + 0x1p-23f;
  ASSERT_EQ(std::fma(a, b, addend), addend);
  ASSERT_NE(static_cast<float>(static_cast<double>(a) * b + static_cast<double>(addend)), addend);
  // Row (addend, a) times columns (1, b).
  const float row[2] = {addend, a};
  std::vector<float> panel(32);
  for (size_t j = 0; j < 16; ++j) {
    panel[j] = 1;
    panel[16 + j] = b;
  }
  for (const auto& tier : tests::tiers_under_test()) {
    float out[16];
    tier.kernels->gemm_f32(row, 2, 1, panel.data(), 1, 2, out, 16);
    EXPECT_EQ(out[5], addend) << tier.name;
  }
}

TEST(Gemm, CarriesInfinityAndNan) {
  const float inf = std::numeric_limits<float>::infinity();
  const float row[3] = {1, inf, 1};
  std::vector<float> panel(48, 1.0f);
  panel[16 + 3] = 0;  // inf * 0
  for (const auto& tier : tests::tiers_under_test()) {
    float out[16];
    tier.kernels->gemm_f32(row, 3, 1, panel.data(), 1, 3, out, 16);
    EXPECT_EQ(out[0], inf) << tier.name;
    EXPECT_TRUE(std::isnan(out[3])) << tier.name;
  }
}

}  // namespace
}  // namespace linnet::kernels
