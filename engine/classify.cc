#include "engine/classify.h"

#include <algorithm>

namespace linnet::engine {

Status classify_sequences(SequenceRunner& runner, std::span<const Sequence* const> sequences,
                          std::span<float> logits) {
  const size_t labels = runner.config().head.num_outputs;
  const auto head = [&](Chunk& chunk) {
    head_logits(runner.config(), runner.head(), runner.kernels(), chunk.hidden, chunk.stride,
                chunk.first_rows, chunk.head,
                [&](size_t i, const float* row) {
                  std::copy_n(row, labels, logits.data() + chunk.sequences[i] * labels);
                });
  };
  return runner.run(sequences, head, OutputRows::kFirst);
}

}  // namespace linnet::engine
