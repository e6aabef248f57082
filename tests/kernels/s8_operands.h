// tests/kernels/s8_operands.h - the operands of an int8 product, pair-bounded, with what surrounds them, and
// what has to come out by 64-bit sums and the formula of kernels.h.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

#include "kernels/kernels.h"

namespace linnet::tests {

enum class S8Values { kRandom, kExtreme };

// LINNET_TEST_AMX=unsigned: weights of 0 to 127 alone, for an emulated AMX that has them right and no others.
inline bool unsigned_weights() {
  static const char* const variable = std::getenv("LINNET_TEST_AMX");
  return variable != nullptr && std::strcmp(variable, "unsigned") == 0;
}

struct S8Operands {
  S8Operands(size_t m, size_t k, size_t panels, S8Values values, uint32_t seed)
      : k4((k + 3) / 4 * 4), ld(k4 + seed % 7), engine(seed) {
    bytes.assign(m * ld, 0xAA);
    for (size_t i = 0; i < m; ++i) {
      for (size_t l = 0; l < k4; ++l) {
        bytes[i * ld + l] = l >= k                       ? uint8_t{0}
                            : values == S8Values::kExtreme ? uint8_t{255}
                                                         : static_cast<uint8_t>(engine());
      }
      row_scale.push_back(0.001f * static_cast<float>(1 + engine() % 100));
      zero.push_back(values == S8Values::kExtreme ? 255 * static_cast<int32_t>(i % 2)
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
  std::pair<int8_t, int8_t> pair(S8Values values) {
    constexpr std::pair<int, int> kExtremes[] = {{64, 64},   {-64, -64},  {127, 1},  {1, 127},
                                                 {-128, 0},  {0, -128},   {-1, -127}, {127, -128},
                                                 {-128, 127}, {127, -127}};
    if (values == S8Values::kExtreme) {
      // Often the same one: all of k has to add up to the largest sums there are.
      const auto& p = kExtremes[(engine() % 8 != 0 ? engine() % 2 : engine() % std::size(kExtremes))];
      if (unsigned_weights() && (p.first < 0 || p.second < 0)) return {64, 64};
      return {static_cast<int8_t>(p.first), static_cast<int8_t>(p.second)};
    }
    for (;;) {
      const int least = unsigned_weights() ? 0 : -127;
      const int a = least + static_cast<int>(engine() % static_cast<uint32_t>(128 - least));
      const int b = least + static_cast<int>(engine() % static_cast<uint32_t>(128 - least));
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
  kernels::QuantizedRows rows() { return {bytes.data(), ld, row_scale.data(), zero.data()}; }
  kernels::WeightsS8 packed() const {
    return {weights.data(), scale.size() / 16, k4, scale.data(), column_sum.data(), bias.data()};
  }

  size_t k4, ld;
  std::mt19937 engine;
  std::vector<uint8_t> bytes;
  std::vector<float> row_scale, scale, bias;
  std::vector<int32_t> zero, column_sum;
  std::vector<int8_t> weights;
};

}  // namespace linnet::tests
