#include "engine/embedding_head.h"

#include <algorithm>
#include <utility>

namespace linnet::engine {
namespace {

void pool(const EmbeddingHead& head, const kernels::Kernels& kernels, const PackedBatch& batch,
          size_t hidden_size, const Workspace& ws, float* pooled) {
  for (size_t text = 0; text < batch.num_texts(); ++text, pooled += ws.pooled_stride) {
    if (rows_read(head) == OutputRows::kFirst) {
      std::copy_n(ws.hidden.data() + text * ws.hidden_stride, hidden_size, pooled);
      continue;
    }
    const size_t first = std::min(head.skipped_tokens, batch.length(text) - 1);
    const size_t length = batch.length(text) - first;
    const float* rows = ws.hidden.data() + (batch.row_begin[text] + first) * ws.hidden_stride;
    switch (head.pooling) {
      case Pooling::kCls:
        std::copy_n(rows, hidden_size, pooled);
        break;
      case Pooling::kMean:
        kernels.mean_rows(rows, ws.hidden_stride, length, hidden_size, pooled);
        break;
      case Pooling::kMax:
        kernels.max_rows(rows, ws.hidden_stride, length, hidden_size, pooled);
        break;
      case Pooling::kMeanSqrtLen:
        kernels.mean_sqrt_len_rows(rows, ws.hidden_stride, length, hidden_size, pooled);
        break;
      case Pooling::kWeightedMean:
        kernels.weighted_mean_rows(rows, ws.hidden_stride, first + 1, length, hidden_size, pooled);
        break;
      case Pooling::kLast:
        std::copy_n(rows + (length - 1) * ws.hidden_stride, hidden_size, pooled);
        break;
    }
  }
}

}  // namespace

OutputRows rows_read(const EmbeddingHead& head) {
  const bool first = head.pooling == Pooling::kCls && head.skipped_tokens == 0;
  return first ? OutputRows::kFirst : OutputRows::kAll;
}

const float* embedding_head(const ModelConfig& config, const EmbeddingHead& head,
                            const EncoderWeights& weights, const kernels::Kernels& kernels,
                            const PackedBatch& batch, Workspace& ws) {
  const size_t texts = batch.num_texts(), stride = ws.pooled_stride;
  float* x = ws.pooled[0].data();
  float* y = ws.pooled[1].data();
  pool(head, kernels, batch, config.encoder.hidden_size, ws, x);

  for (size_t i = 0; i < weights.dense.size(); ++i) {
    apply(kernels, weights.dense[i], config.dense[i].activation, x, stride, texts, y, stride);
    std::swap(x, y);
  }
  if (head.normalize) kernels.l2_normalize(x, stride, texts, head.dimension);
  return x;
}

size_t embedding_dimension(const ModelConfig& config) {
  return config.dense.empty() ? config.encoder.hidden_size : config.dense.back().out_features;
}

}  // namespace linnet::engine
