#include "engine/sparse_head.h"

#include <algorithm>

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

}  // namespace linnet::engine
