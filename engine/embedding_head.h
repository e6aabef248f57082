// engine/embedding_head.h - hidden states -> one vector a text: pooling, Dense modules, normalize.
#pragma once

#include <cstddef>

#include "engine/config.h"
#include "engine/encoder.h"
#include "engine/encoder_weights.h"
#include "engine/packed_batch.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"

namespace linnet::engine {

struct EmbeddingHead {
  Pooling pooling = Pooling::kMean;
  bool normalize = false;
  size_t dimension = 0;       // of a vector: its first columns, cut before it is normalized
  size_t skipped_tokens = 0;  // of a prompt that pooling leaves out; the last token of a text is always read
};

// What of the last hidden state it reads, and so what embedding_head() has to find in ws.hidden.
OutputRows rows_read(const EmbeddingHead& head);

// ws.hidden [T, h] -> the first head.dimension columns of the result [texts, stride = pooled_stride],
// which lies in one of ws.pooled. As the modules Pooling, Dense and Normalize of
// sentence-transformers.
const float* embedding_head(const ModelConfig& config, const EmbeddingHead& head,
                            const EncoderWeights& weights, const kernels::Kernels& kernels,
                            const PackedBatch& batch, Workspace& ws);

size_t embedding_dimension(const ModelConfig& config);

}  // namespace linnet::engine
