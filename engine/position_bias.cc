#include "engine/position_bias.h"

#include <cmath>

namespace linnet::engine {

uint32_t relative_bucket(int64_t distance) {
  constexpr uint32_t kHalf = kRelativeBuckets / 2, kExact = kHalf / 2;
  const uint32_t first = distance > 0 ? kHalf : 0;
  const uint64_t n = static_cast<uint64_t>(distance > 0 ? distance : -distance);
  if (n < kExact) return first + static_cast<uint32_t>(n);
  // 8 + floor(log(n / 8) / log(128 / 8) * 8), at most 15: without a logarithm, bucket 8 + i starts where
  // n^2 >= 8^2 * 2^i.
  uint32_t bucket = kExact;
  while (bucket + 1 < kHalf && n * n >= (uint64_t{64} << (bucket + 1 - kExact))) ++bucket;
  return first + bucket;
}

std::vector<float> spread_relative_bias(const float* bias, uint32_t heads, uint32_t positions) {
  using std::size_t;
  const size_t row = 2 * size_t{positions} - 1;
  std::vector<float> spread(heads * row);
  for (size_t i = 0; i < row; ++i) {
    const int64_t distance = static_cast<int64_t>(i) - (int64_t{positions} - 1);
    const float* from = bias + size_t{relative_bucket(distance)} * heads;
    for (size_t head = 0; head < heads; ++head) spread[head * row + i] = from[head];
  }
  return spread;
}

namespace {

// The slopes of a power of two of heads: powers of 2^(-8 / heads), which square roots give exactly rounded.
std::vector<double> alibi_slopes(uint32_t heads) {
  double first = 1;
  for (uint32_t i = 0; i < 8; i += heads) first /= 2;      // 2^(-8 / heads), for up to 8 heads
  for (uint32_t n = 8; n < heads; n *= 2) first = std::sqrt(first);
  std::vector<double> slopes;
  double slope = first;
  for (uint32_t head = 0; head < heads; ++head, slope *= first) slopes.push_back(slope);
  return slopes;
}

}  // namespace

std::vector<float> spread_alibi(uint32_t heads, uint32_t positions) {
  uint32_t below = 1;
  while (2 * below <= heads) below *= 2;
  std::vector<double> slopes = alibi_slopes(below);
  const std::vector<double> above = alibi_slopes(2 * below);
  for (size_t i = 0; slopes.size() < heads; i += 2) slopes.push_back(above[i]);

  const std::size_t row = 2 * std::size_t{positions} - 1;
  std::vector<float> spread(heads * row);
  for (std::size_t head = 0; head < heads; ++head) {
    for (std::size_t i = 0; i < row; ++i) {
      const std::size_t far = i < positions ? positions - 1 - i : i - (positions - 1);
      spread[head * row + i] = -static_cast<float>(slopes[head]) * static_cast<float>(far);
    }
  }
  return spread;
}

}  // namespace linnet::engine
