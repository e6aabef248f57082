#include "engine/check_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/quantize_weights.h"
#include "engine/strides.h"

namespace linnet::engine {
namespace {

std::string not_finite(const Tensor& tensor) {
  const std::span<const float> values(tensor.f32(), tensor.bytes.size() / sizeof(float));
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return "";
  return "element " + std::to_string(bad - values.begin()) + " is not a finite number";
}

// Whether a pair of neighbours breaks the bound. 16-bit numbers and no way out, so that a compiler vectorizes it: a file
// is checked whenever the program starts.
bool has_broken_pair(const int8_t* values, size_t n) {
  int16_t most = 0, least = 0;
  for (size_t i = 0; i < n; i += 2) {
    int16_t pair;
    std::memcpy(&pair, values + i, sizeof pair);
    const auto first = static_cast<int16_t>(static_cast<int16_t>(static_cast<uint16_t>(pair) << 8) >> 8);
    const auto sum = static_cast<int16_t>(first + (pair >> 8));
    most = std::max(most, sum);
    least = std::min(least, sum);
  }
  return most > kPairBound || least < -kPairBound;
}

std::string broken_pair(const Tensor& tensor) {
  const int8_t* const values = tensor.s8();
  if (!has_broken_pair(values, tensor.bytes.size())) return "";
  for (size_t i = 0; i < tensor.bytes.size(); i += 2) {
    const int a = values[i], b = values[i + 1];
    if (std::abs(a + b) <= kPairBound) continue;
    // values [rows / 16][cols4 / 4][16][4]
    const size_t cols4 = round_up_4(tensor.cols), panel = i / (16 * cols4);
    const size_t quad = i % (16 * cols4) / 64, column = i % 64 / 4;
    return "weights " + std::to_string(quad * 4 + i % 4) + " and " + std::to_string(quad * 4 + i % 4 + 1) +
           " of output " + std::to_string(panel * 16 + column) + " are " + std::to_string(a) + " and " +
           std::to_string(b) + ", expected a sum of at most " + std::to_string(kPairBound) +
           " either way";
  }
  return "";
}

}  // namespace

std::string fault_in(const Tensor& tensor) {
  switch (tensor.layout) {
    case Layout::kVector:
    case Layout::kRows:
    case Layout::kPanels:
      return not_finite(tensor);
    case Layout::kPanelsS8:
      return broken_pair(tensor);
    case Layout::kVectorS32:
    case Layout::kRowsS8:
      break;  // any integer will do
  }
  return "";
}

std::string fault_in_sums(const Tensor& sums, const Tensor& weights) {
  if (sums.layout != Layout::kVectorS32 || sums.cols != weights.rows) {
    return "has another shape than its weights";
  }
  const size_t quads = (weights.cols + 3) / 4;
  const int8_t* values = weights.s8();
  for (size_t panel = 0; panel < (weights.rows + 15) / 16; ++panel) {
    int32_t found[16] = {};
    for (size_t quad = 0; quad < quads; ++quad, values += 64) {
      for (size_t j = 0; j < 16; ++j) {
        found[j] += (values[4 * j] + values[4 * j + 1]) + (values[4 * j + 2] + values[4 * j + 3]);
      }
    }
    for (size_t j = 0; j < std::min<size_t>(16, weights.rows - panel * 16); ++j) {
      const int32_t stored = sums.s32()[panel * 16 + j];
      if (stored == found[j]) continue;
      return "element " + std::to_string(panel * 16 + j) + " is " + std::to_string(stored) +
             ", expected the sum of its weights, " + std::to_string(found[j]);
    }
  }
  return "";
}

}  // namespace linnet::engine
