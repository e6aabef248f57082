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

// weights [k16][16], in steps of their scales -> integers in their place, each by itself.
void round_alone(size_t k16, float* weights) {
  for (size_t l = 0; l < k16; l += 2) {
    float* const first = weights + l * kLanes;
    float* const second = first + kLanes;
    for (size_t j = 0; j < kLanes; ++j) {
      const Pair q = nearest_pair(first[j], second[j]);
      first[j] = q.first;
      second[j] = q.second;
    }
  }
}

// The same, where each takes over what those behind it have lost: engine/error_feedback.h.
void round_with_feedback(const kernels::Kernels& kernels, const ErrorFeedback& feedback, size_t k16, float* weights) {
  base::AlignedBuffer<float> all_lost(k16 * kLanes);
  float* const lost = all_lost.data();  // weight - integer
  for (size_t end = k16; end > 0; end -= kLanes) {
    const size_t begin = end - kLanes;
    float aim[kLanes * kLanes] = {};  // weights, and what is to be made good
    if (end < k16) {
      kernels.gemm_f32(feedback.u.data() + begin * feedback.stride + end, feedback.stride, kLanes, lost + end * kLanes,
                       1, k16 - end, aim, kLanes);
    }
    for (size_t i = 0; i < kLanes * kLanes; ++i) aim[i] += weights[begin * kLanes + i];
    for (size_t l = end; l > begin; l -= 2) {
      const float* const u_first = feedback.u.data() + (l - 2) * feedback.stride;
      const float* const u_second = u_first + feedback.stride;
      float* const first = aim + (l - 2 - begin) * kLanes;
      float* const second = first + kLanes;
      for (size_t i = l; i < end; ++i) {
        for (size_t j = 0; j < kLanes; ++j) {
          first[j] += u_first[i] * lost[i * kLanes + j];
          second[j] += u_second[i] * lost[i * kLanes + j];
        }
      }
      for (size_t j = 0; j < kLanes; ++j) {
        float& first_weight = weights[(l - 2) * kLanes + j];
        float& second_weight = weights[(l - 1) * kLanes + j];
        // What the first makes good of the second, were it not for the bound.
        const float second_lost = second_weight - clamp(round_even(second[j]), -127, 127);
        const Pair q = nearest_pair(first[j] + u_first[l - 1] * second_lost, second[j]);
        lost[(l - 2) * kLanes + j] = first_weight - q.first;
        lost[(l - 1) * kLanes + j] = second_weight - q.second;
        first_weight = q.first;
        second_weight = q.second;
      }
    }
  }
}

}  // namespace

std::vector<float> balance_columns(std::span<const float> reach, const float* weights, size_t panels) {
  const size_t k = reach.size();
  std::vector<float> t(k);
  for (size_t l = 0; l < k; ++l) {
    float most = 0;
    for (size_t p = 0; p < panels; ++p) {
      for (size_t j = 0; j < kLanes; ++j) {
        most = std::max(most, std::abs(weights[(p * k + l) * kLanes + j]));
      }
    }
    const bool balanced = reach[l] > 0 && most > 0 && std::isfinite(reach[l]);
    // Bounded far beyond what any model has, so that 1 / t is finite, too.
    t[l] = balanced ? clamp(std::sqrt(reach[l]) / std::sqrt(most), 0x1p-60f, 0x1p60f) : 1.0f;
  }
  return t;
}

std::vector<float> column_reach(std::span<const float> x, size_t k) {
  std::vector<double> sums(k);
  for (size_t i = 0; i < x.size(); i += k) {
    for (size_t j = 0; j < k; ++j) {
      const double square = static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
      sums[j] += square * square;
    }
  }
  std::vector<float> reach(k);
  const double rows = static_cast<double>(x.size() / k);
  for (size_t j = 0; j < k; ++j) reach[j] = static_cast<float>(std::sqrt(std::sqrt(sums[j] / rows)));
  return reach;
}

void quantize_panel(const kernels::Kernels& kernels, const float* weights, std::span<const float> t,
                    const ErrorFeedback& feedback, PanelS8 to) {
  const size_t k = t.size(), k16 = (k + kLanes - 1) / kLanes * kLanes;
  base::AlignedBuffer<float> balanced(k16 * kLanes);
  Lanes most = {}, scale;
  for (size_t l = 0; l < k; ++l) {
    for (size_t j = 0; j < kLanes; ++j) {
      const float w = weights[l * kLanes + j] * t[l];
      balanced.data()[l * kLanes + j] = w;
      most[j] = std::max(most[j], std::abs(w));
    }
  }
  for (float& m : most) m = std::max(m, kLeast);
  search(balanced.data(), (k + 1) / 2 * 2, most, scale);

  for (size_t l = 0; l < k16; ++l) {
    for (size_t j = 0; j < kLanes; ++j) balanced.data()[l * kLanes + j] *= 1.0f / scale[j];
  }
  if (feedback.empty()) {
    round_alone(k16, balanced.data());
  } else {
    round_with_feedback(kernels, feedback, k16, balanced.data());
  }
  for (size_t j = 0; j < kLanes; ++j) {
    to.column_sum[j] = 0;
    to.scale[j] = most[j] > kLeast ? scale[j] : 0;
    if (to.scale[j] == 0) continue;
    for (size_t l = 0; l < k; ++l) {
      int8_t& value = to.values[l / 4 * 4 * kLanes + j * 4 + l % 4];
      value = static_cast<int8_t>(balanced.data()[l * kLanes + j]);
      to.column_sum[j] += value;
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
