#include "engine/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace linnet::engine {
namespace {

constexpr size_t kLanes = 16;  // the channels of a panel, searched side by side
using Lanes = float[kLanes];

// Scales tried, as multiples of max|w| / 127.
constexpr int kFirstStep = 35, kLastStep = 100;
constexpr float kStepsPerUnit = 50;

constexpr float kLeast = 0x1p-100f;  // a channel with no greater weight is one of zeros

// Nearest integer, ties to even, of |x| < 2^22: adding 1.5 * 2^23 leaves no room for a fraction.
inline float round_even(float x) {
  constexpr float kShift = 0x1.8p23f;
  return (x + kShift) - kShift;
}
inline float clamp(float x, float least, float most) {
  x = x < least ? least : x;
  return x > most ? most : x;
}

struct Pair {
  float first, second;
};

// The integers nearest to (a, b) within [-127, 127] whose sum is within the bound: where it is not, the
// nearest point of the line "sum = bound", which takes half of the excess off each.
inline Pair nearest_pair(float a, float b) {
  const float first = clamp(round_even(a), -127, 127), second = clamp(round_even(b), -127, 127);
  const float sum = first + second, sign = std::copysign(1.0f, sum);
  const float on_line = clamp(round_even(0.5f * (sign * (a - b)) + kPairBound / 2), kPairBound - 127, 127);
  const bool broken = std::abs(sum) > kPairBound;
  return {broken ? sign * on_line : first, broken ? sign * (kPairBound - on_line) : second};
}

// Squared errors of 16 channels with these scales. weights [k][16], k even.
void measure(const float* weights, size_t k, const Lanes& scale, Lanes& error) {
  Lanes inverse;
  for (size_t j = 0; j < kLanes; ++j) {
    inverse[j] = 1.0f / scale[j];
    error[j] = 0;
  }
  for (size_t l = 0; l < k; l += 2, weights += 2 * kLanes) {
    for (size_t j = 0; j < kLanes; ++j) {
      const float a = weights[j] * inverse[j], b = weights[kLanes + j] * inverse[j];
      const Pair q = nearest_pair(a, b);
      const float da = a - q.first, db = b - q.second;
      error[j] += da * da + db * db;
    }
  }
  for (size_t j = 0; j < kLanes; ++j) error[j] *= scale[j] * scale[j];
}

// The best scale of each channel; most: max|w|, at least kLeast.
void search(const float* weights, size_t k, const Lanes& most, Lanes& best) {
  Lanes least_error;
  std::fill_n(least_error, kLanes, std::numeric_limits<float>::infinity());
  for (size_t j = 0; j < kLanes; ++j) best[j] = most[j] / 127.0f;
  for (int step = kFirstStep; step <= kLastStep; ++step) {
    const float c = static_cast<float>(step) / kStepsPerUnit;
    Lanes scale, error;
    for (size_t j = 0; j < kLanes; ++j) scale[j] = c * most[j] / 127.0f;
    measure(weights, k, scale, error);
    for (size_t j = 0; j < kLanes; ++j) {
      if (!(error[j] < least_error[j])) continue;
      least_error[j] = error[j];
      best[j] = scale[j];
    }
  }
}

}  // namespace

std::vector<float> balance_columns(std::span<const float> input_max, const float* weights,
                                   size_t panels) {
  const size_t k = input_max.size();
  std::vector<float> t(k);
  for (size_t l = 0; l < k; ++l) {
    float most = 0;
    for (size_t p = 0; p < panels; ++p) {
      for (size_t j = 0; j < kLanes; ++j) {
        most = std::max(most, std::abs(weights[(p * k + l) * kLanes + j]));
      }
    }
    const bool balanced = input_max[l] > 0 && most > 0 && std::isfinite(input_max[l]);
    // Bounded far beyond what any model has, so that 1 / t is finite, too.
    t[l] = balanced ? clamp(std::sqrt(input_max[l]) / std::sqrt(most), 0x1p-60f, 0x1p60f) : 1.0f;
  }
  return t;
}

void quantize_panel(const float* weights, std::span<const float> t, PanelS8 to) {
  const size_t k = t.size(), even_k = (k + 1) / 2 * 2;
  std::vector<float> balanced(even_k * kLanes);
  Lanes most = {}, scale;
  for (size_t l = 0; l < k; ++l) {
    for (size_t j = 0; j < kLanes; ++j) {
      const float w = weights[l * kLanes + j] * t[l];
      balanced[l * kLanes + j] = w;
      most[j] = std::max(most[j], std::abs(w));
    }
  }
  for (float& m : most) m = std::max(m, kLeast);
  search(balanced.data(), even_k, most, scale);

  for (size_t j = 0; j < kLanes; ++j) {
    to.column_sum[j] = 0;
    to.scale[j] = most[j] > kLeast ? scale[j] : 0;
    if (to.scale[j] == 0) continue;
    const float inverse = 1.0f / scale[j];
    for (size_t l = 0; l < even_k; l += 2) {
      const Pair q = nearest_pair(balanced[l * kLanes + j] * inverse,
                                  balanced[(l + 1) * kLanes + j] * inverse);
      int8_t* const at = to.values + l / 4 * 4 * kLanes + j * 4 + l % 4;
      at[0] = static_cast<int8_t>(q.first);
      at[1] = static_cast<int8_t>(q.second);
      to.column_sum[j] += at[0] + at[1];
    }
  }
}

float quantize_row(const float* row, size_t n, int8_t* values) {
  float most = 0;
  for (size_t i = 0; i < n; ++i) most = std::max(most, std::abs(row[i]));
  if (!(most > kLeast)) return 0;
  float best = most / 127.0f, least_error = std::numeric_limits<float>::infinity();
  for (int step = kFirstStep; step <= kLastStep; step += 2) {
    const float scale = static_cast<float>(step) / kStepsPerUnit * most / 127.0f, inverse = 1.0f / scale;
    Lanes lanes = {};
    for (size_t i = 0; i < n; i += kLanes) {
      for (size_t j = 0; j < std::min(kLanes, n - i); ++j) {
        const float x = row[i + j] * inverse, d = x - clamp(round_even(x), -127, 127);
        lanes[j] += d * d;
      }
    }
    float error = 0;
    for (const float e : lanes) error += e;
    error *= scale * scale;
    if (!(error < least_error)) continue;
    least_error = error;
    best = scale;
  }
  const float inverse = 1.0f / best;
  for (size_t i = 0; i < n; ++i) {
    values[i] = static_cast<int8_t>(clamp(round_even(row[i] * inverse), -127, 127));
  }
  return best;
}

}  // namespace linnet::engine
