// The largest error of each transcendental against double precision, and the bits of every tier: on a sample,
// with LINNET_EVERY_FLOAT in the environment over every float of its range. The bounds stand in
// kernels/generic/transcendentals.h.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

// Of the bits from one float to the next that is tried: all of them take minutes.
const uint32_t kStep = std::getenv("LINNET_EVERY_FLOAT") != nullptr ? 1 : 1021;
constexpr size_t kBlock = 4096;

using Function = void (*)(const Kernels&, float*, size_t);

// exp by way of softmax: a row of x and 0, of which the maximum is 0.
void exp_of(const Kernels& k, float* x, size_t n) {
  std::vector<float> pairs(32 * 16), sums(32);
  for (size_t begin = 0; begin < n; begin += 32) {
    const size_t rows = std::min<size_t>(32, n - begin);
    for (size_t i = 0; i < rows; ++i) {
      pairs[i * 16] = x[begin + i];
      pairs[i * 16 + 1] = 0;
    }
    k.softmax_unnormalized(pairs.data(), 16, rows, 2, 1.0f, sums.data());
    for (size_t i = 0; i < rows; ++i) x[begin + i] = pairs[i * 16];
  }
}
const std::vector<float> kZeros(kBlock);
void gelu_of(const Kernels& k, float* x, size_t n) { k.add_bias_gelu(x, n, 1, n, kZeros.data()); }
void tanh_of(const Kernels& k, float* x, size_t n) { k.add_bias_tanh(x, n, 1, n, kZeros.data()); }
void gelu_tanh_of(const Kernels& k, float* x, size_t n) { k.add_bias_gelu_tanh(x, n, 1, n, nullptr); }
void silu_of(const Kernels& k, float* x, size_t n) { k.add_bias_silu(x, n, 1, n, nullptr); }
void sigmoid_of(const Kernels& k, float* x, size_t n) { k.add_bias_sigmoid(x, n, 1, n, nullptr); }
void log1p_of(const Kernels& k, float* x, size_t n) { k.log1p_relu(x, n, 1, n); }
void sin_of(const Kernels& k, float* x, size_t n) {
  std::vector<float> cosines(n);
  k.sin_cos(x, n, x, cosines.data());
}
void cos_of(const Kernels& k, float* x, size_t n) {
  std::vector<float> sines(n);
  k.sin_cos(x, n, sines.data(), x);
}

double ulp(double y) {
  return std::ldexp(1.0, std::max(std::ilogb(y), -126) - 23);
}

// Calls f(x, y) for every kStep-th float from `first` to `last` away from zero, both signs as given.
void over_floats(float first, float last, Function function,
                 const std::function<void(float, float)>& f) {
  const Kernels& kernels = kernels_for(best_isa());
  std::vector<float> x, y;
  const auto flush = [&] {
    y = x;
    function(kernels, y.data(), y.size());
    for (size_t i = 0; i < x.size(); ++i) f(x[i], y[i]);
    x.clear();
  };
  const uint32_t end = std::bit_cast<uint32_t>(last);
  for (uint32_t bits = std::bit_cast<uint32_t>(first); bits <= end; bits += kStep) {
    x.push_back(std::bit_cast<float>(bits));
    if (x.size() == kBlock) flush();
  }
  if (!x.empty()) flush();
}

TEST(Transcendentals, Exp) {
  double worst = 0;
  over_floats(-1e-8f, -87.33f, exp_of, [&](float x, float y) {
    const double exact = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(y - exact) / ulp(exact));
  });
  std::printf("exp: %.3f units in the last place\n", worst);
  EXPECT_LE(worst, 0.97);
  over_floats(-87.331f, -3.4e38f, exp_of, [&](float, float y) { ASSERT_EQ(y, 0.0f); });
}

TEST(Transcendentals, Gelu) {
  double positive = 0, negative = 0;
  over_floats(1e-8f, 20.0f, gelu_of, [&](float x, float y) {
    const double exact = x * 0.5 * std::erfc(-static_cast<double>(x) / std::sqrt(2.0));
    positive = std::max(positive, std::abs(y - exact) / exact);
  });
  over_floats(-1e-8f, -20.0f, gelu_of, [&](float x, float y) {
    const double exact = x * 0.5 * std::erfc(-static_cast<double>(x) / std::sqrt(2.0));
    negative = std::max(negative, std::abs(y - exact));
  });
  std::printf("gelu: relative %.3g above 0, absolute %.3g below\n", positive, negative);
  EXPECT_LE(positive, 2.2e-7);
  EXPECT_LE(negative, 4.7e-8);
}

TEST(Transcendentals, GeluTanh) {
  const auto exact = [](double x) {  // x * sigmoid(2 u): both tails keep their accuracy
    const double u = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
    return x / (1 + std::exp(-2 * u));
  };
  double positive = 0, negative = 0;
  over_floats(1e-8f, 20.0f, gelu_tanh_of, [&](float x, float y) {
    positive = std::max(positive, std::abs(y - exact(x)) / exact(x));
  });
  over_floats(-1e-8f, -20.0f, gelu_tanh_of, [&](float x, float y) {
    negative = std::max(negative, std::abs(y - exact(x)));
  });
  std::printf("gelu_tanh: relative %.3g above 0, absolute %.3g below\n", positive, negative);
  EXPECT_LE(positive, 1.5e-7);
  EXPECT_LE(negative, 5.8e-8);
}

TEST(Transcendentals, Tanh) {
  double worst = 0;
  for (const float sign : {1.0f, -1.0f}) {
    over_floats(sign * 1e-8f, sign * 20.0f, tanh_of, [&](float x, float y) {
      const double exact = std::tanh(static_cast<double>(x));
      worst = std::max(worst, std::abs(y - exact) / ulp(exact));
    });
  }
  std::printf("tanh: %.3f units in the last place\n", worst);
  EXPECT_LE(worst, 1.51);
}

// The largest error of `function` in units in the last place of `exact`, over both signs from `first` on.
double worst_ulps(Function function, double (*exact)(double), float first, float last) {
  double worst = 0;
  over_floats(first, last, function, [&](float x, float y) {
    const double want = exact(x);
    worst = std::max(worst, std::abs(y - want) / ulp(want));
  });
  return worst;
}

TEST(Transcendentals, SigmoidAndSilu) {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  const double one = std::max(worst_ulps(sigmoid_of, sigmoid, 1e-8f, 100.0f),
                              worst_ulps(sigmoid_of, sigmoid, -1e-8f, -87.32f));
  const double two = std::max(worst_ulps(silu_of, silu, 1e-8f, 100.0f),
                              worst_ulps(silu_of, silu, -1e-8f, -87.32f));
  std::printf("sigmoid: %.3f, silu: %.3f units in the last place\n", one, two);
  EXPECT_LE(one, 2.41);
  EXPECT_LE(two, 3.23);
}

TEST(Transcendentals, Log1p) {
  const double worst = worst_ulps(log1p_of, [](double x) { return std::log1p(x); }, 1e-30f, 3.4e38f);
  std::printf("log1p: %.3f units in the last place\n", worst);
  EXPECT_LE(worst, 0.83);
}

TEST(Transcendentals, SinAndCos) {
  double worst = 0;
  for (const float sign : {1.0f, -1.0f}) {
    over_floats(sign * 1e-8f, sign * 65536.0f, sin_of, [&](float x, float y) {
      worst = std::max(worst, std::abs(y - std::sin(static_cast<double>(x))));
    });
    over_floats(sign * 1e-8f, sign * 65536.0f, cos_of, [&](float x, float y) {
      worst = std::max(worst, std::abs(y - std::cos(static_cast<double>(x))));
    });
  }
  std::printf("sin and cos: absolute %.3g\n", worst);
  EXPECT_LE(worst, 9.5e-8);
}

TEST(Transcendentals, KeepTheLimits) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const auto& tier : tests::tiers_under_test()) {
    float x[5] = {inf, -inf, std::nanf(""), 0.0f, -100.0f};
    gelu_of(*tier.kernels, x, 5);
    EXPECT_EQ(x[0], inf) << tier.name;
    EXPECT_TRUE(std::isnan(x[1]) || x[1] == 0) << tier.name;  // -inf * 0
    EXPECT_TRUE(std::isnan(x[2])) << tier.name;
    EXPECT_EQ(x[3], 0.0f) << tier.name;
    EXPECT_EQ(x[4], 0.0f) << tier.name;
    float g[4] = {inf, -inf, std::nanf(""), -100.0f};
    gelu_tanh_of(*tier.kernels, g, 4);
    EXPECT_EQ(g[0], inf) << tier.name;
    EXPECT_TRUE(std::isnan(g[1]) || g[1] == 0) << tier.name;
    EXPECT_TRUE(std::isnan(g[2])) << tier.name;
    EXPECT_EQ(g[3], 0.0f) << tier.name;
    float t[3] = {inf, -inf, std::nanf("")};
    tanh_of(*tier.kernels, t, 3);
    EXPECT_EQ(t[0], 1.0f) << tier.name;
    EXPECT_EQ(t[1], -1.0f) << tier.name;
    EXPECT_TRUE(std::isnan(t[2])) << tier.name;
    for (const Function function : {gelu_tanh_of, silu_of, log1p_of}) {
      float y[4] = {inf, std::nanf(""), 0.0f, -1000.0f};
      function(*tier.kernels, y, 4);
      EXPECT_EQ(y[0], inf) << tier.name;
      EXPECT_TRUE(std::isnan(y[1])) << tier.name;
      EXPECT_EQ(y[2], 0.0f) << tier.name;
      EXPECT_EQ(y[3], 0.0f) << tier.name;
    }
    float s[3] = {inf, -inf, std::nanf("")};
    sigmoid_of(*tier.kernels, s, 3);
    EXPECT_EQ(s[0], 1.0f) << tier.name;
    EXPECT_EQ(s[1], 0.0f) << tier.name;
    EXPECT_TRUE(std::isnan(s[2])) << tier.name;
  }
}

TEST(Transcendentals, HaveTheSameBitsOnEveryTier) {
  for (const Function function : {exp_of, gelu_of, tanh_of, gelu_tanh_of, silu_of, sigmoid_of, log1p_of,
                                  sin_of, cos_of}) {
    const bool only_negative = function == exp_of;
    const bool bounded = function == sin_of || function == cos_of;
    std::vector<float> x;
    for (uint32_t bits = 0; bits < 0xFF800000u; bits += 65'537) {
      const float value = std::bit_cast<float>(bits);
      if (std::isnan(value) || (only_negative && value > 0)) continue;
      if (!bounded || std::abs(value) <= 65536) x.push_back(value);
    }
    x.resize(x.size() / kBlock * kBlock);
    std::vector<float> first;
    for (const auto& tier : tests::tiers_under_test()) {
      std::vector<float> y = x;
      for (size_t i = 0; i < y.size(); i += kBlock) function(*tier.kernels, y.data() + i, kBlock);
      if (first.empty()) first = y;
      EXPECT_EQ(std::memcmp(y.data(), first.data(), y.size() * sizeof(float)), 0) << tier.name;
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
