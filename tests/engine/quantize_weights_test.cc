// Pair-bounded int8 weights against a slow obvious version, and the bound on everything.
#include "engine/quantize_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace linnet::engine {
namespace {

struct Panel {
  explicit Panel(size_t inputs)
      : k(inputs), weights(k * 16), t(k, 1.0f), values((k + 3) / 4 * 64), scale(16), sums(16) {}

  void quantize() {
    quantize_panel(kernels::kernels_for(kernels::Isa::kScalar), weights.data(), t, {},
                   {values.data(), scale.data(), sums.data()});
  }
  int value(size_t l, size_t channel) const { return values[l / 4 * 64 + channel * 4 + l % 4]; }
  double weight(size_t l, size_t channel) const {
    return static_cast<double>(weights[l * 16 + channel] * t[l]);
  }
  double squared_error(size_t channel) const {
    double sum = 0;
    for (size_t l = 0; l < k; ++l) {
      const double d = weight(l, channel) - static_cast<double>(scale[channel]) * value(l, channel);
      sum += d * d;
    }
    return sum;
  }
  void expect_sound() const {
    for (size_t j = 0; j < 16; ++j) {
      int sum = 0;
      for (size_t l = 0; l < (k + 3) / 4 * 4; ++l) {
        if (l % 2 == 0) {
          EXPECT_LE(std::abs(value(l, j) + value(l + 1, j)), kPairBound) << l << " " << j;
        }
        if (l >= k) {
          EXPECT_EQ(value(l, j), 0);
        }
        sum += value(l, j);
      }
      EXPECT_EQ(sum, sums[j]);
      EXPECT_TRUE(std::isfinite(scale[j]) && scale[j] >= 0) << scale[j];
    }
  }

  size_t k;
  std::vector<float> weights, t;
  std::vector<int8_t> values;
  std::vector<float> scale;
  std::vector<int32_t> sums;
};

// The least squared error of a pair with this scale, over all pairs of integers within the bound.
double best_pair_error(double a, double b, double scale) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = -127; i <= 127; ++i) {
    for (int j = std::max(-127, -kPairBound - i); j <= std::min(127, kPairBound - i); ++j) {
      const double da = a - scale * i, db = b - scale * j;
      least = std::min(least, da * da + db * db);
    }
  }
  return least;
}

double best_channel_error(const Panel& panel, size_t channel) {
  double most = 0, least = std::numeric_limits<double>::infinity();
  for (size_t l = 0; l < panel.k; ++l) most = std::max(most, std::abs(panel.weight(l, channel)));
  for (double c = 0.7; c < 2.001; c += 0.02) {
    double error = 0;
    for (size_t l = 0; l < panel.k; l += 2) {
      const double second = l + 1 < panel.k ? panel.weight(l + 1, channel) : 0;
      error += best_pair_error(panel.weight(l, channel), second, c * most / 127);
    }
    least = std::min(least, error);
  }
  return least;
}

TEST(QuantizePanel, IsTheBestOfTheObviousSearch) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
#ifdef LINNET_SLOW_BUILD
  const std::vector<size_t> sizes = {3};
#else
  const std::vector<size_t> sizes = {1, 2, 3, 5};
#endif
  for (const size_t k : sizes) {
    Panel panel(k);
    for (float& w : panel.weights) w = normal(random);
    for (float& t : panel.t) t = std::exp(normal(random));
    panel.weights[0] = 5;  // a pair that cannot stay as it is
    if (k > 1) panel.weights[16] = 5;
    panel.quantize();
    panel.expect_sound();
    for (size_t j = 0; j < 16; ++j) {
      const double best = best_channel_error(panel, j), tiny = 1e-9 * std::pow(panel.scale[j], 2);
      EXPECT_LE(panel.squared_error(j), best * 1.001 + tiny) << k << " " << j;
    }
  }
}

TEST(QuantizePanel, KeepsTheBoundWhateverTheWeights) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (const size_t k : {1u, 2u, 7u, 64u, 65u, 130u}) {
    for (int kind = 0; kind < 6; ++kind) {
      Panel panel(k);
      for (size_t i = 0; i < panel.weights.size(); ++i) {
        float& w = panel.weights[i];
        switch (kind) {
          case 0: w = normal(random); break;
          case 1: w = 1; break;                              // every pair at its worst
          case 2: w = -3.4e38f; break;
          case 3: w = 1e-42f; break;                         // subnormal: a channel of zeros
          case 4: w = i % 3 == 0 ? 1e30f : 1e-30f; break;
          case 5: w = i % 32 == 0 ? 0 : std::pow(normal(random), 5.0f); break;
        }
      }
      panel.quantize();
      SCOPED_TRACE(testing::Message() << "k " << k << " kind " << kind);
      panel.expect_sound();
    }
  }
}

// All weights alike: each is 1, the pair may add up to 128, so that the scale is near 1 / 64.
TEST(QuantizePanel, TakesTheExcessOffBoth) {
  Panel panel(4);
  for (float& w : panel.weights) w = 1;
  panel.quantize();
  for (size_t l = 0; l < 4; ++l) EXPECT_EQ(panel.value(l, 3), 64);
  EXPECT_NEAR(panel.scale[3], 1.0 / 64, 1e-4);
}

TEST(QuantizePanel, LosesLittleAgainstFreeInt8) {
  Panel panel(1536);
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (float& w : panel.weights) w = normal(random);
  panel.quantize();
  for (size_t j = 0; j < 16; ++j) {
    double most = 0;
    for (size_t l = 0; l < panel.k; ++l) most = std::max(most, std::abs(panel.weight(l, j)));
    const double step = most / 127, free_error = static_cast<double>(panel.k) * step * step / 12;
    EXPECT_LE(std::sqrt(panel.squared_error(j) / free_error), 1.6) << j;
  }
}

TEST(ColumnReach, IsTheFourthRootOfTheMeanFourthPower) {
  const std::vector<float> x = {1, 0, -3e38f,  //
                                -2, 0, 3e38f};
  const std::vector<float> reach = column_reach(x, 3);
  EXPECT_FLOAT_EQ(reach[0], std::pow(8.5f, 0.25f));
  EXPECT_EQ(reach[1], 0);
  EXPECT_FLOAT_EQ(reach[2], 3e38f);
}

TEST(BalanceColumns, TakesTheRootsOfBoth) {
  const std::vector<float> reach = {4, 0, 9, 1, std::numeric_limits<float>::infinity()};
  std::vector<float> weights(2 * 5 * 16, 0.0f);
  weights[0 * 16 + 3] = -0.25f;           // column 0 of the first panel
  weights[1 * 16 + 1] = 5;                // column 1, whose input is always 0
  weights[5 * 16 + 3 * 16 + 15] = 16;     // column 3 of the second panel
  weights[4 * 16] = 1;                    // column 4, whose input has no bound
  EXPECT_EQ(balance_columns(reach, weights.data(), 2), (std::vector<float>{4, 1, 1, 0.25f, 1}));
}

TEST(QuantizeRow, IsWithinHalfAStep) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  std::vector<float> row(384);
  for (float& x : row) x = normal(random);
  std::vector<int8_t> values(row.size());
  const float scale = quantize_row(row.data(), row.size(), values.data());
  double error = 0, norm = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    error += std::pow(static_cast<double>(row[i]) - static_cast<double>(scale) * values[i], 2);
    norm += std::pow(static_cast<double>(row[i]), 2);
  }
  EXPECT_LT(std::sqrt(error / norm), 0.01);
  const std::vector<float> zeros(5, 0.0f);
  EXPECT_EQ(quantize_row(zeros.data(), 5, values.data()), 0.0f);
}

}  // namespace
}  // namespace linnet::engine
