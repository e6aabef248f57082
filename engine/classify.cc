#include "engine/classify.h"

#include <algorithm>

namespace linnet::engine {

Status classify_sequences(SequenceRunner& runner, std::span<const Sequence* const> sequences,
                          std::span<float> logits) {
  const size_t labels = runner.config().head.num_outputs;
  return runner.run(sequences, [&](Chunk& chunk) {
    const PackedBatch& batch = chunk.batch;
    head_logits(runner.config(), runner.head(), runner.kernels(), chunk.hidden, chunk.stride,
                {batch.row_begin.data(), batch.num_texts()}, chunk.head,
                [&](size_t i, const float* row) {
                  std::copy_n(row, labels, logits.data() + chunk.sequences[i] * labels);
                });
  });
}

}  // namespace linnet::engine
