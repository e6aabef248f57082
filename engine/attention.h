// engine/attention.h - multi-head self-attention over a packed batch.
#pragma once

#include <cstddef>
#include <span>

#include "engine/config.h"
#include "engine/packed_batch.h"
#include "engine/team.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// Takes rows [first, first + rows) of query_key [rows, 2h] (query, key, each heads x d) and value [rows, h], a
// stride apart each, into ws.q, ws.k and ws.v: per text and head, since slices of one fused row would fall into
// the same cache sets. Rotary queries and keys are turned on the way, in query_key. h is the attention size.
void split_qkv(const EncoderConfig& config, const kernels::Kernels& kernels, const PackedBatch& batch,
               size_t first, size_t rows, float* query_key, const float* value, size_t stride, Workspace& ws,
               uint32_t worker);

// softmax(Q K^T / sqrt(d) + bias) V for every text and the team's share of the heads: ws.q, ws.k, ws.v ->
// ws.context [T, h]. first_rows: of each text's first token alone, to its row.
// Vaswani et al. 2017, section 3.2.1; BertSelfAttention.forward in transformers. position_bias is that of
// EncoderWeights, or empty.
void attention(const EncoderConfig& config, const kernels::Kernels& kernels,
               const PackedBatch& batch, std::span<const float> position_bias, Workspace& ws,
               const Team& team, bool first_rows);

// The weights of one head of one text, [S, S]: row i is softmax(q_i K^T / sqrt(d) + bias), over all tokens. For
// who looks on; attention() never divides them one by one.
void attention_weights(const EncoderConfig& config, const kernels::Kernels& kernels,
                       const PackedBatch& batch, std::span<const float> position_bias, Workspace& ws,
                       size_t text, size_t head, float* weights);

}  // namespace linnet::engine
