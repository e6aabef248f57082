#include "engine/sparse_head.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace linnet::engine {

void largest_logits(SequenceRunner& runner, Chunk& chunk,
                    const std::function<void(size_t, size_t, size_t, const float*)>& take) {
  const kernels::Kernels& kernels = runner.kernels();
  const Linear& output = runner.head().output;
  const PackedBatch& batch = chunk.batch;
  HeadWorkspace& ws = chunk.head;
  std::vector<uint32_t> rows(batch.num_tokens());
  for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const Rows x = transform_rows(runner.config(), runner.head(), kernels, chunk.hidden, chunk.stride,
                                rows, ws);
  float largest[kSparseColumns];
  for (size_t panel = 0; panel < output.panels(); panel += kSparsePanels) {
    const size_t panels = std::min(kSparsePanels, output.panels() - panel), first = panel * 16;
    const size_t count = std::min(panels * 16, output.out - first);
    const Linear part{.weight = output.weight + first * output.in,
                      .bias = output.bias + first,
                      .in = output.in,
                      .out = count};
    apply(kernels, part, Activation::kIdentity, x.data, x.stride, rows.size(), ws.outputs.data(),
          ws.output_stride);
    for (size_t text = 0; text < batch.num_texts(); ++text) {
      kernels.max_rows(ws.outputs.data() + batch.row_begin[text] * ws.output_stride,
                       ws.output_stride, batch.length(text), count, largest);
      take(chunk.sequences[text], first, count, largest);
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
