// What attention's int8 products read and leave: against the formulas of kernels.h in plain code, and the same bits on
// every tier.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;

constexpr size_t kSizes[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 387};
constexpr size_t kRows[] = {1, 3, 4, 5, 9, 16, 17, 35};
constexpr uint8_t kCanaryByte = 0xAA;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// By `kind` all of them of one sign, zeros, tiny, huge or with NaN or Inf among them; mostly as they are.
template <typename At>
void make_odd(uint32_t kind, size_t n, At at) {
  for (size_t j = 0; j < n; ++j) {
    if (kind % 12 == 1) at(j) = std::abs(at(j)) + 3.0f;
    if (kind % 12 == 2) at(j) = -std::abs(at(j)) - 3.0f;
    if (kind % 12 == 3) at(j) = j % 2 == 0 ? 0.0f : -0.0f;
    if (kind % 12 == 4) at(j) *= 0x1p-120f;
    if (kind % 12 == 5) at(j) *= 0x1p120f;
  }
  if (kind % 12 == 6) at(kind % n) = kNaN;
  if (kind % 12 == 7) at(kind % n) = -std::numeric_limits<float>::infinity();
}

struct Panels {
  Panels(size_t panels, size_t k)
      : values(panels * 16 * round_up(k, 4) + 64, 77),
        scale(panels * 16 + 8, tests::kCanary),
        sums(panels * 16 + 8, 5) {}
  PanelsS8 view() { return {values.data(), scale.data(), sums.data()}; }

  std::vector<int8_t> values;
  std::vector<float> scale;
  std::vector<int32_t> sums;
};

// Column j of b [panels][k][16] as kernels.h says it. What bytes hold where the scale is NaN nobody may ask, but all
// tiers agree: 0.
void quantize_column(const std::vector<float>& b, size_t k, size_t j, Panels& out) {
  const size_t panel = j / 16, lane = j % 16, k4 = round_up(k, 4);
  float most = 0;
  bool odd = false;
  for (size_t l = 0; l < k; ++l) {
    const float v = b[(panel * k + l) * 16 + lane];
    odd = odd || !std::isfinite(v);
    most = std::max(most, std::abs(v));
  }
  const float scale = most < 0x1p-100f ? 1.0f : most / 127.0f, inverse = 1.0f / scale;
  out.scale[j] = odd ? kNaN : scale;
  out.sums[j] = 0;
  for (size_t l = 0; l < k4; ++l) {
    const double v = l < k && !odd ? b[(panel * k + l) * 16 + lane] : 0;
    const auto whole = static_cast<int8_t>(std::nearbyint(v * static_cast<double>(inverse)));
    out.values[panel * k4 * 16 + l / 4 * 64 + lane * 4 + l % 4] = whole;
    out.sums[j] += whole;
  }
}

TEST(AttentionS8, PanelsByTheFormula) {
  for (const size_t k : kSizes) {
    for (const size_t panels : {1, 2, 5}) {
      std::vector<float> b(panels * k * 16);
      tests::RandomFloats random(static_cast<uint32_t>(k + panels));
      for (float& v : b) v = random();
      for (size_t j = 0; j < panels * 16; ++j) {
        make_odd(static_cast<uint32_t>(j + k), k,
                 [&](size_t l) -> float& { return b[(j / 16 * k + l) * 16 + j % 16]; });
      }
      Panels expected(panels, k);
      for (size_t j = 0; j < panels * 16; ++j) quantize_column(b, k, j, expected);
      for (const auto& tier : tests::tiers_under_test()) {
        Panels out(panels, k);
        tier.kernels->quantize_panels(b.data(), panels, k, out.view());
        EXPECT_EQ(out.values, expected.values) << tier.name << " " << k << " x " << panels;
        for (size_t j = 0; j < out.scale.size(); ++j) {
          const bool both_nan = std::isnan(out.scale[j]) && std::isnan(expected.scale[j]);
          EXPECT_TRUE(both_nan || out.scale[j] == expected.scale[j]) << tier.name << " column " << j;
          EXPECT_TRUE(both_nan || out.sums[j] == expected.sums[j]) << tier.name << " column " << j;
        }
      }
    }
  }
}

struct Bytes {
  Bytes(size_t rows, size_t n) : ld(round_up(n, 4) + 5), values(rows * ld + 64, kCanaryByte), scale(rows), zero(rows) {}
  QuantizedRows view() { return {values.data(), ld, scale.data(), zero.data()}; }

  size_t ld;
  std::vector<uint8_t> values;
  std::vector<float> scale;
  std::vector<int32_t> zero;
};

void quantize_query(const float* x, size_t n, size_t i, Bytes& out) {
  const float low = std::min(0.0f, *std::min_element(x, x + n)), high = std::max(0.0f, *std::max_element(x, x + n));
  const bool odd = std::any_of(x, x + n, [](float v) { return !std::isfinite(v); }) || !std::isfinite(high - low);
  const float scale = high - low < 0x1p-100f ? 1.0f : (high - low) / 127.0f, inverse = 1.0f / scale;
  const auto zero =
      odd ? 0 : static_cast<int32_t>(std::nearbyint(-static_cast<double>(low) * static_cast<double>(inverse)));
  out.scale[i] = odd ? kNaN : scale;
  out.zero[i] = zero;
  for (size_t j = 0; j < round_up(n, 4); ++j) {
    const int32_t whole = j < n && !odd ? static_cast<int32_t>(std::nearbyint(x[j] * inverse)) + zero : 0;
    ASSERT_TRUE(whole >= 0 && whole <= 128) << whole;
    out.values[i * out.ld + j] = static_cast<uint8_t>(whole);
  }
}

TEST(AttentionS8, QueriesByTheFormula) {
  for (const size_t n : kSizes) {
    for (const size_t rows : kRows) {
      Matrix x(rows, n, n + 3);
      tests::RandomFloats random(static_cast<uint32_t>(n * rows));
      x.fill(random);
      for (size_t i = 0; i < rows; ++i) {
        make_odd(static_cast<uint32_t>(i + n), n, [&](size_t j) -> float& { return x.at(i, j); });
      }
      Bytes expected(rows, n);
      for (size_t i = 0; i < rows; ++i) ASSERT_NO_FATAL_FAILURE(quantize_query(x.data() + i * x.ld(), n, i, expected));
      for (const auto& tier : tests::tiers_under_test()) {
        Bytes out(rows, n);
        tier.kernels->quantize_queries(x.data(), x.ld(), rows, n, out.view());
        EXPECT_EQ(out.values, expected.values) << tier.name << " " << rows << " x " << n;
        EXPECT_EQ(out.zero, expected.zero) << tier.name;
        for (size_t i = 0; i < rows; ++i) {
          EXPECT_TRUE(out.scale[i] == expected.scale[i] || (std::isnan(out.scale[i]) && std::isnan(expected.scale[i])))
              << tier.name << " row " << i;
        }
      }
    }
  }
}

TEST(AttentionS8, SoftmaxInHalves) {
  constexpr float kScale = 1.7f;
  for (const size_t n : kSizes) {
    for (const size_t rows : kRows) {
      const size_t ld = round_up(n, 4) + 3, room = round_up(n, 16);
      Matrix x(rows, room, room + 3);
      tests::RandomFloats random(static_cast<uint32_t>(n + rows));
      x.fill(random);
      for (size_t i = 2; i < rows; i += 5) x.at(i, i % n) = 200.0f;  // the others get nothing
      for (size_t i = 3; i < rows; i += 5) x.at(i, 0) = -1e30f;
      std::optional<std::vector<uint8_t>> first;
      std::vector<float> first_sums;
      for (const auto& tier : tests::tiers_under_test()) {
        std::vector<uint8_t> parts(2 * rows * ld, kCanaryByte);
        std::vector<float> sums(rows);
        tier.kernels->softmax_split14(x.data(), x.ld(), rows, n, kScale, parts.data(), ld, sums.data());
        EXPECT_TRUE(x.canaries_live()) << tier.name;
        if (first) {
          EXPECT_EQ(parts, *first) << tier.name << " " << rows << " x " << n;
          EXPECT_EQ(sums, first_sums) << tier.name << " " << rows << " x " << n;
          continue;
        }
        first = parts;
        first_sums = sums;
        for (size_t i = 0; i < rows; ++i) {
          double most = x.at(i, 0), sum = 0;
          for (size_t j = 0; j < n; ++j) most = std::max<double>(most, x.at(i, j));
          for (size_t j = 0; j < n; ++j) {
            const uint8_t high = parts[2 * i * ld + j], low = parts[(2 * i + 1) * ld + j];
            ASSERT_LE(std::max(high, low), 127);
            const double exact = 16256 * std::exp(static_cast<double>(kScale) * (x.at(i, j) - most));
            ASSERT_NEAR(128 * high + low, exact, 0.5 + 8e-5 * exact + 1e-4) << i << " " << j;
            sum += 128 * high + low;
          }
          EXPECT_NEAR(sums[i], sum, 1e-7 * sum);
          for (size_t j = n; j < ld; ++j) {
            const uint8_t rest = j < round_up(n, 4) ? 0 : kCanaryByte;
            EXPECT_EQ(parts[2 * i * ld + j], rest);
            EXPECT_EQ(parts[(2 * i + 1) * ld + j], rest);
          }
        }
      }
    }
  }
}

TEST(AttentionS8, SoftmaxOfNaN) {
  for (const auto& tier : tests::tiers_under_test()) {
    for (const size_t at : {size_t{0}, size_t{17}, size_t{39}}) {
      for (const uint32_t payload : {0, 1, 0x85, 0x1FF, 0x200}) {
        std::vector<float> x(48, 1.0f);
        x[at] = std::bit_cast<float>(0x7FC00000 | payload);
        std::vector<uint8_t> parts(80);
        float sum = 0;
        tier.kernels->softmax_split14(x.data(), 48, 1, 40, 1.0f, parts.data(), 40, &sum);
        EXPECT_TRUE(std::isnan(sum)) << tier.name << " " << at << " " << payload;
        EXPECT_LE(*std::max_element(parts.begin(), parts.end()), 127);
      }
    }
  }
}

TEST(AttentionS8, DividesTheSumOfBothParts) {
  for (const size_t n : kSizes) {
    for (const size_t rows : kRows) {
      Matrix x(2 * rows, n, n + 3), expected(rows, n, n + 1);
      tests::RandomFloats random(static_cast<uint32_t>(n + rows));
      x.fill(random);
      std::vector<float> divisors(rows);
      for (float& d : divisors) d = random.positive();
      for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < n; ++j) expected.at(i, j) = (x.at(2 * i, j) + x.at(2 * i + 1, j)) * (1.0f / divisors[i]);
      }
      for (const auto& tier : tests::tiers_under_test()) {
        Matrix y(rows, n, n + 1);
        tier.kernels->divide_split14(x.data(), x.ld(), rows, n, divisors.data(), y.data(), y.ld());
        EXPECT_TRUE(y.same_bits(expected)) << tier.name << " " << rows << " x " << n;
      }
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
