// The int8 product against 64-bit sums and the formula of kernels.h, on every tier.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;

enum class Values { kRandom, kExtreme };

// Both operands of a product, with what surrounds them.
struct Operands {
  Operands(size_t m, size_t k, size_t panels, Values values, uint32_t seed)
      : k4((k + 3) / 4 * 4), ld(k4 + seed % 7), engine(seed) {
    bytes.assign(m * ld, 0xAA);
    for (size_t i = 0; i < m; ++i) {
      for (size_t l = 0; l < k4; ++l) {
        bytes[i * ld + l] = l >= k                       ? uint8_t{0}
                            : values == Values::kExtreme ? uint8_t{255}
                                                         : static_cast<uint8_t>(engine());
      }
      row_scale.push_back(0.001f * static_cast<float>(1 + engine() % 100));
      zero.push_back(values == Values::kExtreme ? 255 * static_cast<int32_t>(i % 2)
                                                : static_cast<int32_t>(engine() % 256));
    }
    weights.assign(panels * k4 * 16, 0);
    column_sum.assign(panels * 16, 0);
    for (size_t j = 0; j < panels * 16; ++j) {
      for (size_t l = 0; l < k; l += 2) {
        auto [first, second] = pair(values);
        weight(l, j) = first;
        if (l + 1 < k) weight(l + 1, j) = second;
      }
      for (size_t l = 0; l < k; ++l) column_sum[j] += weight(l, j);
      scale.push_back(0.002f * static_cast<float>(1 + engine() % 100));
      bias.push_back(0.1f * static_cast<float>(engine() % 100) - 5.0f);
    }
  }
  // Two neighbours along k that keep the bound.
  std::pair<int8_t, int8_t> pair(Values values) {
    constexpr std::pair<int, int> kExtremes[] = {{64, 64},   {-64, -64},  {127, 1},  {1, 127},
                                                 {-128, 0},  {0, -128},   {-1, -127}, {127, -128},
                                                 {-128, 127}, {127, -127}};
    if (values == Values::kExtreme) {
      // Often the same one: all of k has to add up to the largest sums there are.
      const auto& p = kExtremes[(engine() % 8 != 0 ? engine() % 2 : engine() % std::size(kExtremes))];
      return {static_cast<int8_t>(p.first), static_cast<int8_t>(p.second)};
    }
    for (;;) {
      const int a = static_cast<int>(engine() % 255) - 127, b = static_cast<int>(engine() % 255) - 127;
      if (std::abs(a + b) <= 128) return {static_cast<int8_t>(a), static_cast<int8_t>(b)};
    }
  }
  int8_t& weight(size_t l, size_t j) {
    return weights[(j / 16 * (k4 / 4) + l / 4) * 64 + j % 16 * 4 + l % 4];
  }
  float expected(size_t i, size_t j) {
    int64_t sum = 0;
    for (size_t l = 0; l < k4; ++l) sum += int64_t{bytes[i * ld + l]} * weight(l, j);
    const int64_t centred = sum - int64_t{zero[i]} * column_sum[j];
    return std::fma(static_cast<float>(centred), row_scale[i] * scale[j], bias[j]);
  }
  QuantizedRows rows() { return {bytes.data(), ld, row_scale.data(), zero.data()}; }
  WeightsS8 packed() const {
    return {weights.data(), scale.size() / 16, k4, scale.data(), column_sum.data(), bias.data()};
  }

  size_t k4, ld;
  std::mt19937 engine;
  std::vector<uint8_t> bytes;
  std::vector<float> row_scale, scale, bias;
  std::vector<int32_t> zero, column_sum;
  std::vector<int8_t> weights;
};

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

TEST(GemmS8, EveryRowCount) {
  for (size_t m = 0; m <= 70; ++m) check(m, 37, 3, Values::kRandom, static_cast<uint32_t>(m));
}

TEST(GemmS8, EveryPanelCount) {
  for (const size_t m : {1, 2, 3, 4, 5, 7, 13, 16, 17, 28, 29}) {
    for (size_t panels = 1; panels <= 9; ++panels) {
      check(m, 20, panels, Values::kRandom, static_cast<uint32_t>(10 * m + panels));
    }
  }
}

TEST(GemmS8, Depths) {
  for (const size_t k : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 256, 257, 384, 1021, 1536}) {
    for (const size_t m : {1, 5, 13}) check(m, k, 3, Values::kRandom, static_cast<uint32_t>(k));
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
