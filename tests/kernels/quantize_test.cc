// The passes that end in bytes: against the formula of kernels.h in plain code, and bit for bit between the
// tiers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;

constexpr uint8_t kCanaryByte = 0xAA;

struct Bytes {
  Bytes(size_t rows, size_t n) : ld((n + 3) / 4 * 4 + 5), scale(rows), zero(rows) {
    values.assign(rows * ld + 64, kCanaryByte);
  }
  QuantizedRows view() { return {values.data(), ld, scale.data(), zero.data()}; }
  bool same_bits(const Bytes& other) const {
    return values == other.values && zero == other.zero &&
           std::memcmp(scale.data(), other.scale.data(), scale.size() * sizeof(float)) == 0;
  }

  size_t ld;
  std::vector<uint8_t> values;
  std::vector<float> scale;
  std::vector<int32_t> zero;
};

// One row as kernels.h says it.
void quantize_row(const float* x, size_t n, const float* r, size_t i, Bytes& out) {
  float low = 0, high = 0;
  bool odd = false;
  std::vector<float> scaled(n);
  for (size_t j = 0; j < n; ++j) {
    scaled[j] = r == nullptr ? x[j] : x[j] * r[j];
    low = std::min(low, scaled[j]);
    high = std::max(high, scaled[j]);
    odd = odd || !std::isfinite(scaled[j]);
  }
  odd = odd || !std::isfinite(high - low);
  const float scale = high - low < 0x1p-100f ? 1.0f : (high - low) / 255.0f;
  const float inverse = 1.0f / scale;
  const auto zero = odd ? 0 : static_cast<int32_t>(std::nearbyint(-low * inverse));
  out.scale[i] = odd ? std::numeric_limits<float>::quiet_NaN() : scale;
  out.zero[i] = zero;
  uint8_t* to = out.values.data() + i * out.ld;
  for (size_t j = 0; j < n; ++j) {
    const int32_t whole = odd ? 0 : static_cast<int32_t>(std::nearbyint(scaled[j] * inverse)) + zero;
    to[j] = static_cast<uint8_t>(std::clamp(whole, 0, 255));
  }
  std::fill(to + n, to + (n + 3) / 4 * 4, uint8_t{0});
}

constexpr size_t kColumns[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 63, 64, 65, 100, 384, 387};
constexpr size_t kRows[] = {1, 3, 4, 5, 9};

// Rows of many kinds: of both signs, of one, of none, tiny, huge, with Inf or NaN.
Matrix odd_rows(size_t rows, size_t n, uint32_t seed) {
  Matrix x(rows, n, n + 3);
  tests::RandomFloats random(seed);
  x.fill(random);
  for (size_t i = 0; i < rows; ++i) {
    const size_t kind = (i + seed) % 10, at = seed % n;
    for (size_t j = 0; j < n; ++j) {
      if (kind == 1) x.at(i, j) = std::abs(x.at(i, j)) + 3.0f;
      if (kind == 2) x.at(i, j) = -std::abs(x.at(i, j)) - 3.0f;
      if (kind == 3) x.at(i, j) = j % 2 == 0 ? 0.0f : -0.0f;
      if (kind == 4) x.at(i, j) *= 0x1p-120f;
      if (kind == 5) x.at(i, j) *= 0x1p120f;
    }
    if (kind == 6) x.at(i, at) = std::numeric_limits<float>::quiet_NaN();
    if (kind == 7) x.at(i, at) = -std::numeric_limits<float>::infinity();
    if (kind == 8) x.at(i, 0) = 3e38f;
    if (kind == 8) x.at(i, n - 1) = -3e38f;
  }
  return x;
}

std::vector<float> factors(size_t n, uint32_t seed) {
  tests::RandomFloats random(seed);
  std::vector<float> r(n);
  for (float& v : r) v = random.positive();
  return r;
}

template <typename Check>
void for_shapes(Check check) {
  uint32_t seed = 0;
  for (const size_t n : kColumns) {
    for (const size_t rows : kRows) {
      const auto r = factors(n, seed);
      check(rows, n, seed, r.data());
      check(rows, n, seed + 1, nullptr);
      seed += 3;
    }
  }
}

TEST(Quantize, ByTheFormula) {
  for_shapes([](size_t rows, size_t n, uint32_t seed, const float* r) {
    const Matrix x = odd_rows(rows, n, seed);
    Bytes expected(rows, n);
    for (size_t i = 0; i < rows; ++i) quantize_row(x.data() + i * x.ld(), n, r, i, expected);
    for (const auto& tier : tests::tiers_under_test()) {
      Bytes out(rows, n);
      tier.kernels->quantize_rows(x.data(), x.ld(), rows, n, r, out.view());
      EXPECT_TRUE(out.same_bits(expected)) << tier.name << " " << rows << " x " << n;
    }
  });
}

// Near gelu (how near over every float: transcendentals_test), the same on all tiers, and the bytes are those of what
// it left.
TEST(Quantize, AfterGelu) {
  for_shapes([](size_t rows, size_t n, uint32_t seed, const float* r) {
    const Matrix x = odd_rows(rows, n, seed);
    Matrix gelu = x;
    Bytes expected(rows, n), dropped(rows, n);
    kScalarPortable.gelu_quantize(gelu.data(), x.ld(), rows, n, r, dropped.view());
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < n; ++j) {
        const double at = x.at(i, j), exact = std::isinf(at) ? 0 : at * 0.5 * std::erfc(-at / std::sqrt(2.0));
        const double factor = r == nullptr ? 1 : r[j];
        if (std::isnan(at)) {
          ASSERT_TRUE(std::isnan(gelu.at(i, j)));
        } else if (exact * factor > std::numeric_limits<float>::max()) {
          ASSERT_TRUE(std::isinf(gelu.at(i, j))) << at;
        } else {
          ASSERT_NEAR(gelu.at(i, j), exact * factor, std::max(2.00e-4, 2e-7 * exact) * factor) << at;
        }
      }
      quantize_row(gelu.data() + i * x.ld(), n, nullptr, i, expected);
    }
    for (const auto& tier : tests::tiers_under_test()) {
      Matrix fused = x;
      Bytes out(rows, n);
      tier.kernels->gelu_quantize(fused.data(), x.ld(), rows, n, r, out.view());
      EXPECT_TRUE(out.same_bits(expected)) << tier.name << " " << rows << " x " << n;
      EXPECT_TRUE(fused.same_bits(gelu)) << tier.name;
      EXPECT_TRUE(fused.canaries_live()) << tier.name;
    }
  });
}

// The fused pass is the plain ones one after the other.
TEST(Quantize, AfterLayerNorm) {
  for_shapes([](size_t rows, size_t n, uint32_t seed, const float* r) {
    const Matrix x = odd_rows(rows, n, seed), residual = odd_rows(rows, n, seed + 10);
    const auto gamma = factors(n, 1), beta = factors(n, 2);
    const std::vector<float> zeros(n);
    Matrix norm = residual;
    kScalarPortable.add_bias_residual_layer_norm(x.data(), x.ld(), zeros.data(), residual.data(),
                                                 residual.ld(), gamma.data(), beta.data(), 1e-12f,
                                                 norm.data(), norm.ld(), rows, n);
    Bytes expected(rows, n);
    for (size_t i = 0; i < rows; ++i) quantize_row(norm.data() + i * norm.ld(), n, r, i, expected);
    for (const auto& tier : tests::tiers_under_test()) {
      Matrix y = residual;
      Bytes out(rows, n);
      tier.kernels->residual_layer_norm_quantize(x.data(), x.ld(), y.data(), y.ld(), gamma.data(),
                                                 beta.data(), 1e-12f, y.data(), y.ld(), rows, n, r,
                                                 out.view());
      EXPECT_TRUE(out.same_bits(expected)) << tier.name << " " << rows << " x " << n;
      EXPECT_TRUE(y.canaries_live()) << tier.name;
      for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < n; ++j) {
          EXPECT_TRUE(y.at(i, j) == norm.at(i, j) || std::isnan(norm.at(i, j))) << tier.name;
        }
      }
    }
  });
}

}  // namespace
}  // namespace linnet::kernels
