#include "engine/embedding_head.h"

#include <algorithm>
#include <utility>

namespace linnet::engine {
namespace {

void pool(Pooling pooling, const kernels::Kernels& kernels, const PackedBatch& batch,
          size_t hidden_size, const Workspace& ws, float* pooled) {
  for (size_t text = 0; text < batch.num_texts(); ++text, pooled += ws.pooled_stride) {
    const float* rows = ws.hidden.data() + batch.row_begin[text] * ws.hidden_stride;
    const size_t length = batch.length(text);
    switch (pooling) {
      case Pooling::kCls:
        std::copy_n(ws.hidden.data() + text * ws.hidden_stride, hidden_size, pooled);  // OutputRows::kFirst
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
        kernels.weighted_mean_rows(rows, ws.hidden_stride, length, hidden_size, pooled);
        break;
      case Pooling::kLast:
        std::copy_n(rows + (length - 1) * ws.hidden_stride, hidden_size, pooled);
        break;
    }
  }
}

}  // namespace

OutputRows rows_read(Pooling pooling) {
  return pooling == Pooling::kCls ? OutputRows::kFirst : OutputRows::kAll;
}

const float* embedding_head(const ModelConfig& config, Pooling pooling, bool normalize,
                            const EncoderWeights& weights, const kernels::Kernels& kernels,
                            const PackedBatch& batch, Workspace& ws) {
  const size_t texts = batch.num_texts(), stride = ws.pooled_stride;
  float* x = ws.pooled[0].data();
  float* y = ws.pooled[1].data();
  pool(pooling, kernels, batch, config.encoder.hidden_size, ws, x);

  for (size_t i = 0; i < weights.dense.size(); ++i) {
    apply(kernels, weights.dense[i], config.dense[i].activation, x, stride, texts, y, stride);
    std::swap(x, y);
  }
  if (normalize) kernels.l2_normalize(x, stride, texts, embedding_dimension(config));
  return x;
}

size_t embedding_dimension(const ModelConfig& config) {
  return config.dense.empty() ? config.encoder.hidden_size : config.dense.back().out_features;
}

}  // namespace linnet::engine
