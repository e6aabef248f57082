// The largest error of each transcendental against double precision, and the bits of every tier: on a sample,
// with LINNET_EVERY_FLOAT in the environment over every float of its range. The bounds stand in
// kernels/generic/transcendentals.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <span>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

// Of the bits from one float to the next that is tried: all of them take a minute.
const uint32_t kStep = std::getenv("LINNET_EVERY_FLOAT") != nullptr ? 1 : 1021;
constexpr size_t kBlock = 4096;
// Twice the least normal float: of smaller ones GELU's results, about x / 2, are subnormal.
constexpr float kLeast = 0x1p-125f;

using Function = void (*)(const Kernels&, float*, size_t);

// exp by way of softmax: a row of 0 and the x, of which 0 is the maximum.
void exp_of(const Kernels& k, float* x, size_t n) {
  static std::vector<float> row(kBlock + 16);
  float sum = 0;
  row[0] = 0;
  std::copy_n(x, n, row.data() + 1);
  k.softmax_unnormalized(row.data(), row.size(), 1, n + 1, 1.0f, &sum);
  std::copy_n(row.data() + 1, n, x);
}
const std::vector<float> kZeros(kBlock);
void gelu_of(const Kernels& k, float* x, size_t n) { k.add_bias_gelu(x, n, 1, n, kZeros.data()); }
void gelu_for_bytes_of(const Kernels& k, float* x, size_t n) {
  static std::vector<uint8_t> values(kBlock);
  float scale = 0;
  int32_t zero = 0;
  k.gelu_quantize(x, n, 1, n, nullptr, {values.data(), n, &scale, &zero});
}
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

// From |y| to the next larger float: by its exponent, which stands alone where the other bits are 0.
double ulp(double y) {
  const double power = std::bit_cast<double>(std::bit_cast<uint64_t>(y) & 0x7FF0'0000'0000'0000u);
  return std::max(power, 0x1p-126) * 0x1p-23;
}

// Calls visit(x) for every kStep-th float from `first` to `last` away from zero, both signs as given, a block at a
// time.
void over_floats(float first, float last, const std::function<void(std::span<const float>)>& visit) {
  std::vector<float> x(kBlock);
  const uint32_t end = std::bit_cast<uint32_t>(last);
  for (uint32_t bits = std::bit_cast<uint32_t>(first); bits <= end;) {
    size_t n = 0;
    for (; n < kBlock && bits <= end; bits += kStep) x[n++] = std::bit_cast<float>(bits);
    visit({x.data(), n});
  }
}

// The largest error(x, y) over floats, y what the kernel makes of x.
template <typename Error>
double worst(float first, float last, Function function, Error error) {
  const Kernels& kernels = kernels_for(best_isa());
  std::vector<float> y(kBlock);
  double found = 0;
  over_floats(first, last, [&](std::span<const float> x) {
    std::copy(x.begin(), x.end(), y.begin());
    function(kernels, y.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const double e = error(static_cast<double>(x[i]), static_cast<double>(y[i]));
      if (e > found || std::isnan(e)) found = e;  // and NaN stays
    }
  });
  return found;
}

// The same in units in the last place of exact(x).
template <typename Exact>
double worst_ulps(float first, float last, Function function, Exact exact) {
  return worst(first, last, function, [&](double x, double y) {
    const double want = exact(x);
    return std::abs(y - want) / ulp(want);
  });
}

TEST(Transcendentals, Exp) {
  const double ulps = worst_ulps(-1e-8f, -87.33f, exp_of, [](double x) { return std::exp(x); });
  std::printf("exp: %.3f units in the last place\n", ulps);
  EXPECT_LE(ulps, 0.97);
  EXPECT_EQ(worst(-87.331f, -3.4e38f, exp_of, [](double, double y) { return std::abs(y); }), 0);
}

// x * Phi(x). The ends, most of all floats, without erfc: to 1e-16 of it.
double gelu_by_erfc(double x) {
  if (std::abs(x) < 1e-6) return x * (0.5 + x * 0.39894228040143268);  // its next term: x^4 / 15
  if (x > 10) return x;
  return x < -40 ? 0 : x * 0.5 * std::erfc(-x / std::sqrt(2.0));
}

// 16256 * 2^x, as whole numbers in two parts: rounding takes half of one.
TEST(Transcendentals, RoundedPowersOfTwo) {
  const Kernels& kernels = kernels_for(best_isa());
  std::vector<float> row(kBlock + 16);
  std::vector<uint8_t> parts(2 * (kBlock + 4));
  double found = 0;
  const auto visit = [&](std::span<const float> x) {
    float sum = 0;
    row[0] = 0;
    std::copy(x.begin(), x.end(), row.begin() + 1);
    kernels.softmax_split14(row.data(), row.size(), 1, x.size() + 1, 1.0f, parts.data(), kBlock + 4, &sum);
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = 16256 * std::exp(static_cast<double>(x[i]));
      const double error = std::abs(128 * parts[i + 1] + parts[kBlock + 4 + i + 1] - exact) - 0.5;
      // The factor 1 / ln 2 is rounded to a float, and so is the product.
      found = std::max(found, error / std::max(1.0 / 8, (7.5e-5 + 1.2e-7 * std::abs(x[i])) * exact));
    }
  };
  over_floats(-1e-8f, -30.0f, visit);
  std::printf("16256 * 2^x: %.3f of what it may be off\n", found);
  EXPECT_LE(found, 1);
}

TEST(Transcendentals, Gelu) {
  const double positive = worst(kLeast, 100.0f, gelu_of, [&](double x, double y) {
    const double want = gelu_by_erfc(x);
    return std::abs(y - want) / want;
  });
  const double negative =
      worst(-kLeast, -3.4e38f, gelu_of, [&](double x, double y) { return std::abs(y - gelu_by_erfc(x)); });
  std::printf("gelu: relative %.3g above 0, absolute %.3g below\n", positive, negative);
  EXPECT_LE(positive, 2.2e-7);
  EXPECT_LE(negative, 4.7e-8);
}

TEST(Transcendentals, GeluForBytes) {
  const auto error = [](double x, double y) { return std::abs(y - gelu_by_erfc(x)); };
  const auto near_zero = [&](double x, double y) { return error(x, y) / std::abs(x); };
  const double absolute = std::max(worst(kLeast, 20.0f, gelu_for_bytes_of, error),
                                   worst(-kLeast, -3.4e38f, gelu_for_bytes_of, error));
  const double relative = std::max(worst(kLeast, 0.1f, gelu_for_bytes_of, near_zero),
                                   worst(-kLeast, -0.1f, gelu_for_bytes_of, near_zero));
  std::printf("gelu_for_bytes: absolute %.3g, near 0 relative to x %.3g\n", absolute, relative);
  EXPECT_LE(absolute, 2.00e-4);
  EXPECT_LE(relative, 7.5e-4);
}

TEST(Transcendentals, GeluTanh) {
  const double scale = std::sqrt(2 / std::acos(-1.0));
  const auto exact = [&](double x) {  // x * sigmoid(2 u): both tails keep their accuracy
    if (std::abs(x) < 1e-6) return x * (0.5 + x * scale / 2);  // most of all floats: without exp
    if (std::abs(x) > 25) return std::max(x, 0.0);
    const double u = scale * (x + 0.044715 * x * x * x);
    return x / (1 + std::exp(-2 * u));
  };
  const double positive = worst(kLeast, 100.0f, gelu_tanh_of, [&](double x, double y) {
    const double want = exact(x);
    return std::abs(y - want) / want;
  });
  const double negative =
      worst(-kLeast, -3.4e38f, gelu_tanh_of, [&](double x, double y) { return std::abs(y - exact(x)); });
  std::printf("gelu_tanh: relative %.3g above 0, absolute %.3g below\n", positive, negative);
  EXPECT_LE(positive, 1.5e-7);
  EXPECT_LE(negative, 5.8e-8);
}

// As std::tanh to 1e-14, in a third of its time; exp loses the digits of a small x.
double tanh_by_exp(double x) {
  const double square = x * x;
  if (square < 1e-4) return x * (1 + square * (-1.0 / 3 + square * (2.0 / 15 + square * (-17.0 / 315))));
  const double e = std::exp(-2 * std::abs(x));
  return std::copysign((1 - e) / (1 + e), x);
}

// As std::log1p, likewise: 1 + x is exact from 2^-29 on.
double log1p_by_log(double x) { return x < 0x1p-29 ? x - x * x / 2 : std::log(1 + x); }

TEST(Transcendentals, AreComparedWithWhatLibmGives) {
  double tanhs = 0, log1ps = 0;
  for (uint32_t bits = std::bit_cast<uint32_t>(1e-30f); bits < std::bit_cast<uint32_t>(3.4e38f); bits += 10'007) {
    const double x = std::bit_cast<float>(bits);
    tanhs = std::max(tanhs, std::abs(tanh_by_exp(x) / std::tanh(x) - 1));
    tanhs = std::max(tanhs, std::abs(tanh_by_exp(-x) / std::tanh(-x) - 1));
    log1ps = std::max(log1ps, std::abs(log1p_by_log(x) / std::log1p(x) - 1));
  }
  for (const double x : {-1.1e-6, -1e-6, -9e-7, 9e-7, 1e-6, 1.1e-6, 9.9, 10.1, -39.9}) {
    const double whole = x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    EXPECT_NEAR(gelu_by_erfc(x), whole, 1e-15 * std::abs(whole)) << x;
  }
  EXPECT_LE(tanhs, 1e-14);
  EXPECT_LE(log1ps, 1e-15);
}

TEST(Transcendentals, Tanh) {
  const double ulps = std::max(worst_ulps(kLeast, 20.0f, tanh_of, tanh_by_exp),
                               worst_ulps(-kLeast, -20.0f, tanh_of, tanh_by_exp));
  std::printf("tanh: %.3f units in the last place\n", ulps);
  EXPECT_LE(ulps, 1.51);
}

TEST(Transcendentals, SigmoidAndSilu) {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  const double one = std::max(worst_ulps(1e-8f, 100.0f, sigmoid_of, sigmoid),
                              worst_ulps(-1e-8f, -87.32f, sigmoid_of, sigmoid));
  const double two = std::max(worst_ulps(1e-8f, 100.0f, silu_of, silu),
                              worst_ulps(-1e-8f, -87.32f, silu_of, silu));
  std::printf("sigmoid: %.3f, silu: %.3f units in the last place\n", one, two);
  EXPECT_LE(one, 2.41);
  EXPECT_LE(two, 3.23);
}

TEST(Transcendentals, Log1p) {
  const double ulps = worst_ulps(1e-30f, 3.4e38f, log1p_of, log1p_by_log);
  std::printf("log1p: %.3f units in the last place\n", ulps);
  EXPECT_LE(ulps, 0.83);
}

TEST(Transcendentals, SinAndCos) {
  const Kernels& kernels = kernels_for(best_isa());
  std::vector<float> sines(kBlock), cosines(kBlock);
  double found = 0;
  const auto visit = [&](std::span<const float> x) {
    kernels.sin_cos(x.data(), x.size(), sines.data(), cosines.data());
    for (size_t i = 0; i < x.size(); ++i) {
      for (const double e : {std::abs(sines[i] - std::sin(static_cast<double>(x[i]))),
                             std::abs(cosines[i] - std::cos(static_cast<double>(x[i])))}) {
        if (e > found || std::isnan(e)) found = e;
      }
    }
  };
  for (const float sign : {1.0f, -1.0f}) over_floats(sign * 1e-8f, sign * 65536.0f, visit);
  std::printf("sin and cos: absolute %.3g\n", found);
  EXPECT_LE(found, 9.5e-8);
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
    float b[4] = {inf, -inf, std::nanf(""), 0.0f};
    gelu_for_bytes_of(*tier.kernels, b, 4);
    EXPECT_EQ(b[0], inf) << tier.name;
    EXPECT_NEAR(b[1], 0, 2.00e-4) << tier.name;
    EXPECT_TRUE(std::isnan(b[2])) << tier.name;
    EXPECT_EQ(b[3], 0.0f) << tier.name;
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

// Whatever a NaN's other bits say: a sum with them in the place of an exponent would be a number.
TEST(Transcendentals, KeepEveryNaN) {
  for (const Function function : {exp_of, gelu_of, gelu_for_bytes_of, tanh_of, gelu_tanh_of, silu_of, sigmoid_of,
                                  log1p_of, sin_of, cos_of}) {
    for (const auto& tier : tests::tiers_under_test()) {
      for (uint32_t payload = 1; payload < 0x800000; payload += payload < 0x400 ? 1 : 0x3FFF) {
        float x[2] = {std::bit_cast<float>(0x7F800000 | payload), std::bit_cast<float>(0xFF800000 | payload)};
        function(*tier.kernels, x, 2);
        ASSERT_TRUE(std::isnan(x[0]) && std::isnan(x[1])) << tier.name << " " << payload;
      }
    }
  }
}

TEST(Transcendentals, HaveTheSameBitsOnEveryTier) {
  for (const Function function : {exp_of, gelu_of, gelu_for_bytes_of, tanh_of, gelu_tanh_of, silu_of, sigmoid_of,
                                  log1p_of, sin_of, cos_of}) {
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
