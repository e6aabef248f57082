#include "engine/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/profile.h"

namespace linnet::engine {
namespace {

// What each query of [begin, begin + rows) gives each of `length` keys: exp(score - the row's largest), in the
// first columns of scores [rows, score_stride], and the sums of the rows. bias: of distance 0; null: there is
// none.
void unnormalized_weights(const kernels::Kernels& kernels, size_t length, size_t begin, size_t rows, size_t d,
                          const float* q, const float* k, const float* bias, float* scores,
                          size_t score_stride, float* sums) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(d));
  const size_t key_panels = (length + 15) / 16;
  kernels.gemm_f32(q + begin * d, d, rows, k, key_panels, d, scores, score_stride);
  if (bias != nullptr) {
    kernels.scale_add_distance_bias(scores, score_stride, rows, length, scale, bias - begin);
  }
  kernels.softmax_unnormalized(scores, score_stride, rows, length, bias ? 1.0f : scale, sums);
}

// Writes 16 columns of context at a time, so that the next head's columns hold garbage until that head overwrites them.
// scores [kQueryRows, score_stride], sums [kQueryRows]: scratch.
void attend_head(const kernels::Kernels& kernels, const Head& head, float* scores, size_t score_stride, float* sums) {
  const size_t value_panels = (head.d + 15) / 16, blocks = (head.queries + kQueryRows - 1) / kQueryRows;
  for (size_t b = 0; b < blocks; ++b) {
    const size_t begin = head.queries * b / blocks, rows = head.queries * (b + 1) / blocks - begin;
    float* out = head.context + begin * head.context_stride;
    unnormalized_weights(kernels, head.length, begin, rows, head.d, head.q, head.k, head.bias, scores, score_stride,
                         sums);
    kernels.gemm_f32(scores, score_stride, rows, head.v, value_panels, head.length, out, head.context_stride);
    kernels.divide_rows(out, head.context_stride, rows, head.d, sums);
  }
}

// Short copies, which a call would take longer than.
inline void copy_floats(const float* from, size_t n, float* to) {
  for (; n >= 16; n -= 16, from += 16, to += 16) std::memcpy(to, from, 16 * sizeof(float));
  for (size_t i = 0; i < n; ++i) to[i] = from[i];
}

// A head's bias of distance 0; null: there is none.
const float* bias_of(std::span<const float> position_bias, size_t heads, size_t head) {
  const size_t row = position_bias.size() / heads;
  return row == 0 ? nullptr : position_bias.data() + head * row + row / 2;
}

}  // namespace

void split_qkv(const EncoderConfig& config, const kernels::Kernels& kernels, const PackedBatch& batch,
               size_t first, size_t rows, float* query_key, const float* value, size_t stride, Workspace& ws,
               uint32_t worker) {
  const InPart in(Part::kAttention);
  const size_t h = config.attention_size(), heads = config.num_heads, d = config.head_size();
  const size_t d16 = round_up_16(d);
  size_t count = 0;
  for (size_t row = first; row < first + rows; row += count) {
    const size_t text = batch.row_text[row];
    const size_t length = batch.length(text), token = row - batch.row_begin[text];
    const size_t key_rows = batch.key_begin[text + 1] - batch.key_begin[text];
    count = std::min({first + rows - row, length - token, 16 - token % 16});  // of one text, one panel of keys
    const float* values = value + (row - first) * stride;
    float* from = query_key + (row - first) * stride;
    if (config.positions == Positions::kRotary) {
      for (size_t t = 0; t < count; ++t) {
        rotate(config.rotary, kernels, length, token + t, from + t * stride, 2 * heads, d, ws.rotary[worker]);
      }
    }
    float* q = ws.q.data() + batch.row_begin[text] * h + token * d;
    float* k = ws.k.data() + batch.key_begin[text] * h + token / 16 * 16 * d + token % 16;
    float* v = ws.v.data() + batch.row_begin[text] * heads * d16 + token * 16;

    for (size_t head = 0; head < heads; ++head) {
      const float* head_from = from + head * d;
      for (size_t t = 0; t < count; ++t) copy_floats(head_from + t * stride, d, q + head * length * d + t * d);
      kernels.transpose_rows(head_from + h, stride, count, d, k + head * key_rows * d);
      for (size_t t = 0; t < count; ++t) {
        for (size_t i = 0; i < d; i += 16) {
          copy_floats(values + t * stride + head * d + i, std::min<size_t>(16, d - i),
                      v + head * length * d16 + i * length + t * 16);
        }
      }
    }
  }
}

void attention(const EncoderConfig& config, const kernels::Kernels& kernels,
               const PackedBatch& batch, std::span<const float> position_bias, Workspace& ws,
               const Team& team, bool first_rows) {
  const InPart in(Part::kAttention);
  const size_t h = config.attention_size(), heads = config.num_heads, d = config.head_size();
  const size_t d16 = round_up_16(d);
  // Where heads write past their columns, one worker has to have them all, in order.
  const Range share = team.share(heads, d % 16 == 0 ? 1 : heads);
  float* scores = ws.scores.data() + team.worker * kQueryRows * ws.score_stride;
  float* sums = ws.score_sums.data() + team.worker * kQueryRows;
  for (size_t text = 0; text < batch.num_texts(); ++text) {
    const size_t length = batch.length(text);
    const size_t key_rows = batch.key_begin[text + 1] - batch.key_begin[text];
    const float* q = ws.q.data() + batch.row_begin[text] * h;
    const float* k = ws.k.data() + batch.key_begin[text] * h;
    const float* v = ws.v.data() + batch.row_begin[text] * heads * d16;
    float* context = ws.context.data() + batch.row_begin[text] * ws.hidden_stride;
    const bool in_bytes = !ws.attention_bytes.empty() && length >= kShortestInt8Attention &&
                          length <= kLongestInt8Attention;
    for (size_t head = share.begin; head < share.end; ++head) {
      const Head of_text = {length, first_rows ? 1 : length, d, q + head * length * d, k + head * key_rows * d,
                            v + head * length * d16, bias_of(position_bias, heads, head), context + head * d,
                            ws.hidden_stride};
      if (in_bytes) {
        attend_head_int8(kernels, of_text, ws.attention_bytes[team.worker], scores, ws.score_stride, sums);
      } else {
        attend_head(kernels, of_text, scores, ws.score_stride, sums);
      }
    }
  }
}

void attention_weights(const EncoderConfig& config, const kernels::Kernels& kernels,
                       const PackedBatch& batch, std::span<const float> position_bias, Workspace& ws,
                       size_t text, size_t head, float* weights) {
  const size_t h = config.attention_size(), d = config.head_size(), length = batch.length(text);
  const size_t key_rows = batch.key_begin[text + 1] - batch.key_begin[text];
  const float* q = ws.q.data() + batch.row_begin[text] * h + head * length * d;
  const float* k = ws.k.data() + batch.key_begin[text] * h + head * key_rows * d;
  const float* bias = bias_of(position_bias, config.num_heads, head);
  for (size_t begin = 0; begin < length; begin += kQueryRows) {
    const size_t rows = std::min(kQueryRows, length - begin);
    float* scores = ws.scores.data();
    unnormalized_weights(kernels, length, begin, rows, d, q, k, bias, scores, ws.score_stride,
                         ws.score_sums.data());
    kernels.divide_rows(scores, ws.score_stride, rows, length, ws.score_sums.data());
    for (size_t i = 0; i < rows; ++i) {
      std::copy_n(scores + i * ws.score_stride, length, weights + (begin + i) * length);
    }
  }
}

}  // namespace linnet::engine
