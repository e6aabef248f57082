// What weights take over from each other: the factor against its definition, the rounding against a slow obvious
// version, and what it is for: outputs that lose less.
#include "engine/error_feedback.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "engine/quantize_weights.h"
#include "kernels/float_env.h"
#include "kernels/kernels.h"

namespace linnet::engine {
namespace {

// Inputs of a layer: columns that go together, some much greater than others, all of them off zero.
std::vector<float> make_inputs(size_t rows, size_t k) {
  std::mt19937 random(static_cast<unsigned>(rows + k));
  std::normal_distribution<float> normal;
  std::vector<float> mix(k * k), size(k), x(rows * k), hidden(k);
  for (float& m : mix) m = normal(random) / std::sqrt(static_cast<float>(k));
  for (float& s : size) s = std::exp(normal(random));
  for (size_t row = 0; row < rows; ++row) {
    for (size_t j = 0; j < k; ++j) hidden[j] = normal(random) / (1.0f + static_cast<float>(j));
    for (size_t j = 0; j < k; ++j) {
      float sum = 0.1f;
      for (size_t c = 0; c < k; ++c) sum += mix[j * k + c] * hidden[c];
      x[row * k + j] = sum * size[j];
    }
  }
  return x;
}

std::vector<float> make_factors(size_t k) {
  std::mt19937 random(static_cast<unsigned>(k));
  std::uniform_real_distribution<float> uniform(0.5f, 2.0f);
  std::vector<float> t(k);
  for (float& f : t) f = uniform(random);
  return t;
}

// What the columns are multiplied by.
std::vector<float> balance(const std::vector<float>& t) {
  std::vector<float> factors(t.size());
  for (size_t j = 0; j < t.size(); ++j) factors[j] = 1.0f / t[j];
  return factors;
}

// H of the definition, with what is added to its diagonal.
std::vector<double> gram(const std::vector<float>& x, const std::vector<float>& t) {
  const size_t k = t.size();
  std::vector<double> h(k * k);
  for (size_t row = 0; row < x.size(); row += k) {
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = 0; j < k; ++j) {
        h[i * k + j] += static_cast<double>(x[row + i]) / static_cast<double>(t[i]) * static_cast<double>(x[row + j]) /
                        static_cast<double>(t[j]);
      }
    }
  }
  double sum = 0;
  for (size_t j = 0; j < k; ++j) sum += h[j * k + j];
  for (size_t j = 0; j < k; ++j) h[j * k + j] += 0.2 * sum / static_cast<double>(k);
  return h;
}

const kernels::Kernels& scalar() { return kernels::kernels_for(kernels::Isa::kScalar); }

TEST(ErrorFeedback, FactorsTheInputsProducts) {
  const kernels::FloatEnv float_env;
  Threads threads(2);
  for (const size_t k : {1u, 15u, 16u, 17u, 40u, 96u}) {
    const std::vector<float> x = make_inputs(2 * k + 3, k), t = make_factors(k);
    const std::vector<double> h = gram(x, t);
    const ErrorFeedback feedback = error_feedback(scalar(), threads, x, balance(t));
    ASSERT_FALSE(feedback.empty());
    const auto u = [&](size_t i, size_t j) {
      return i == j ? 1.0 : i < j ? static_cast<double>(feedback.u.data()[i * feedback.stride + j]) : 0.0;
    };
    // D follows from H = U'DU row by row, and U with it.
    std::vector<double> d(k);
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = i; j < k; ++j) {
        double sum = h[i * k + j];
        for (size_t c = 0; c < i; ++c) sum -= u(c, i) * d[c] * u(c, j);
        if (i == j) d[i] = sum;
        EXPECT_NEAR(u(i, j), sum / d[i], 1e-4) << k << ": " << i << " " << j;
      }
      EXPECT_GT(d[i], 0);
    }
  }
}

TEST(ErrorFeedback, IsTheSameOnEveryTierAndWithAnyNumberOfThreads) {
  const kernels::FloatEnv float_env;
  const size_t k = 100;
  const std::vector<float> x = make_inputs(250, k), t = make_factors(k);
  Threads one(1), three(3);
  const ErrorFeedback expected = error_feedback(scalar(), one, x, balance(t));
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const ErrorFeedback found = error_feedback(kernels::kernels_for(isa), three, x, balance(t));
    ASSERT_EQ(found.u.size(), expected.u.size());
    EXPECT_EQ(std::memcmp(found.u.data(), expected.u.data(), found.u.size() * sizeof(float)), 0)
        << kernels::kernels_for(isa).name;
  }
}

TEST(ErrorFeedback, IsEmptyWhereNothingCanBeLearned) {
  const kernels::FloatEnv float_env;
  Threads threads(1);
  const std::vector<float> t(20, 1.0f);
  std::vector<float> x(60, 0.0f);
  EXPECT_TRUE(error_feedback(scalar(), threads, x, balance(t)).empty());
  x[33] = 1;
  EXPECT_FALSE(error_feedback(scalar(), threads, x, balance(t)).empty());
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 1e30f}) {
    x[34] = bad;
    EXPECT_TRUE(error_feedback(scalar(), threads, x, balance(t)).empty()) << bad;
  }
}

struct Rounded {
  std::vector<int8_t> values;
  std::vector<float> scale = std::vector<float>(16);
  std::vector<int32_t> sums = std::vector<int32_t>(16);

  int at(size_t l, size_t channel) const { return values[l / 4 * 64 + channel * 4 + l % 4]; }
};

Rounded quantize(const std::vector<float>& weights, const std::vector<float>& t, const ErrorFeedback& feedback) {
  Rounded to{.values = std::vector<int8_t>((t.size() + 3) / 4 * 64)};
  quantize_panel(scalar(), weights.data(), t, feedback, {to.values.data(), to.scale.data(), to.sums.data()});
  return to;
}

std::vector<float> make_weights(size_t k) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> weights(k * 16);
  for (float& w : weights) w = normal(random);
  return weights;
}

// Where no pair is near the bound, the rounding is this loop.
TEST(ErrorFeedback, RoundsFromTheLastWeightToTheFirst) {
  const kernels::FloatEnv float_env;
  Threads threads(1);
  for (const size_t k : {2u, 16u, 18u, 50u}) {
    const std::vector<float> x = make_inputs(3 * k, k), t(k, 1.0f);
    std::vector<float> weights = make_weights(k);
    for (size_t l = 0; l < k; ++l) {
      for (size_t j = 0; j < 16; ++j) weights[l * 16 + j] *= l % 2 == 1 ? 1.0f : 0.05f;  // small beside great
    }
    const ErrorFeedback feedback = error_feedback(scalar(), threads, x, balance(t));
    const Rounded found = quantize(weights, t, feedback);
    size_t near_the_middle = 0;
    for (size_t j = 0; j < 16; ++j) {
      std::vector<double> lost(k);
      for (size_t l = k; l-- > 0;) {
        const double weight = static_cast<double>(weights[l * 16 + j]) / static_cast<double>(found.scale[j]);
        double aim = weight;
        for (size_t i = l + 1; i < k; ++i) {
          aim += static_cast<double>(feedback.u.data()[l * feedback.stride + i]) * lost[i];
        }
        if (std::abs(std::abs(aim - std::floor(aim)) - 0.5) < 1e-4) ++near_the_middle;  // either is right
        EXPECT_NEAR(found.at(l, j), std::clamp(aim, -127.0, 127.0), 0.5001) << k << ": " << l << " " << j;
        lost[l] = weight - found.at(l, j);
      }
    }
    EXPECT_LT(near_the_middle, k);
  }
}

// What the outputs lose, summed over rows and channels.
double output_error(const std::vector<float>& x, const std::vector<float>& weights, const std::vector<float>& t,
                    const Rounded& rounded) {
  const size_t k = t.size();
  double sum = 0;
  for (size_t row = 0; row < x.size(); row += k) {
    for (size_t j = 0; j < 16; ++j) {
      double lost = 0;
      for (size_t l = 0; l < k; ++l) {
        const double kept = static_cast<double>(rounded.scale[j]) * rounded.at(l, j) / static_cast<double>(t[l]);
        lost += static_cast<double>(x[row + l]) * (static_cast<double>(weights[l * 16 + j]) - kept);
      }
      sum += lost * lost;
    }
  }
  return sum;
}

TEST(ErrorFeedback, LosesLessOfTheOutputs) {
  const kernels::FloatEnv float_env;
  Threads threads(1);
  const size_t k = 96;
  const std::vector<float> x = make_inputs(400, k), weights = make_weights(k);
  const std::vector<float> t = balance_columns(column_reach(x, k), weights.data(), 1);
  const double alone = output_error(x, weights, t, quantize(weights, t, {}));
  const double together =
      output_error(x, weights, t, quantize(weights, t, error_feedback(scalar(), threads, x, balance(t))));
  EXPECT_LT(together, 0.6 * alone);
}

}  // namespace
}  // namespace linnet::engine
