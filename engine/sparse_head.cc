#include "engine/sparse_head.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace linnet::engine {

void largest_logits(const kernels::Kernels& kernels, const Linear& output, const Rows& x,
                    const PackedBatch& batch, HeadWorkspace& ws,
                    const std::function<void(size_t, size_t, size_t, const float*)>& take) {
  float largest[kSparseColumns];
  for (size_t panel = 0; panel < output.panels(); panel += kSparsePanels) {
    const size_t end = std::min(panel + kSparsePanels, output.panels()), first = panel * 16;
    Linear part = columns_of(output, {panel, end});
    part.backend = nullptr;  // which would prepare itself anew for each block and number of tokens
    multiply(kernels, part, x.data, x.stride, batch.num_tokens(), ws.outputs.data(), ws.output_stride);
    for (size_t text = 0; text < batch.num_texts(); ++text) {
      kernels.max_rows(ws.outputs.data() + batch.row_begin[text] * ws.output_stride,
                       ws.output_stride, batch.length(text), part.out, largest);
      // After the maximum, which rounding keeps: once a text, not once a token.
      kernels.add_bias(largest, kSparseColumns, 1, part.out, part.bias);
      take(text, first, part.out, largest);
    }
  }
}

float log_1_plus(float value) {
  const double x = value;
  if (x < 1e-4) return static_cast<float>(x * (1 - x * (0.5 - x * (1.0 / 3 - x * 0.25))));
  // 1 + x = m * 2^e with m between sqrt(1/2) and sqrt(2); log m = 2 artanh((m - 1) / (m + 1)).
  const uint64_t bits = std::bit_cast<uint64_t>(1 + x);
  auto exponent = static_cast<int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFu) | uint64_t{1023} << 52);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return static_cast<float>(static_cast<double>(exponent) * 0.69314718055994531 + 2 * s * sum);
}

}  // namespace linnet::engine
