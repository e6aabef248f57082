#include "engine/encoder.h"

#include "engine/attention.h"
#include "engine/encoder_steps.h"

namespace linnet::engine {
namespace {

size_t num_blocks(size_t tokens) { return (tokens + kBlockRows - 1) / kBlockRows; }

// Block b of n: sizes differ by at most one row, so no block is a small remainder.
RowBlock row_block(size_t tokens, size_t b, size_t n) {
  const size_t begin = tokens * b / n;
  return {begin, tokens * (b + 1) / n - begin};
}

// y = x W^T, before the bias.
void multiply(const Forward& f, const Linear& linear, const float* x, size_t ldx, size_t rows, float* y,
              size_t ldy) {
  if (f.observe != nullptr && f.observe->input != nullptr) {
    f.observe->input(f.observe->context, linear, x, ldx, rows);
  }
  multiply(f.kernels, linear, x, ldx, rows, y, ldy);
}

void observe_hidden(const Forward& f, size_t layer) {
  if (f.observe == nullptr || f.observe->hidden == nullptr) return;
  f.observe->hidden(f.observe->context, layer, f.ws.hidden.data(), f.ws.hidden_stride);
}

void project_qkv(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  const float* hidden = ws.hidden.data() + block.begin * ws.hidden_stride;
  float* qkv = ws.staging.data();
  multiply(f, layer.qkv, hidden, ws.hidden_stride, block.rows, qkv, ws.staging_stride);
  f.kernels.add_bias(qkv, ws.staging_stride, block.rows, layer.qkv.out, layer.qkv.bias);
  split_qkv(f.config, f.batch, block.begin, block.rows, qkv, ws.staging_stride, ws);
}

// hidden = layer_norm(hidden + W context + b): BertSelfOutput and BertOutput.
void add_and_norm(const Forward& f, const Linear& linear, const LayerNorm& norm, const float* x,
                  size_t ldx, RowBlock block) {
  Workspace& ws = f.ws;
  float* hidden = ws.hidden.data() + block.begin * ws.hidden_stride;
  float* y = ws.narrow.data();
  multiply(f, linear, x, ldx, block.rows, y, ws.hidden_stride);
  f.kernels.add_bias_residual_layer_norm(y, ws.hidden_stride, linear.bias, hidden,
                                         ws.hidden_stride, norm.gamma, norm.beta,
                                         f.config.layer_norm_eps, hidden, ws.hidden_stride,
                                         block.rows, f.config.hidden_size);
}

void feed_forward(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  const float* hidden = ws.hidden.data() + block.begin * ws.hidden_stride;
  float* up = ws.staging.data();
  multiply(f, layer.ffn_up, hidden, ws.hidden_stride, block.rows, up, ws.staging_stride);
  add_bias_activate(f.kernels, f.config.activation, up, ws.staging_stride, block.rows,
                    layer.ffn_up.out, layer.ffn_up.bias);
  add_and_norm(f, layer.ffn_down, layer.output_norm, up, ws.staging_stride, block);
}

void between_attentions(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                        RowBlock block) {
  const float* context = f.ws.context.data() + block.begin * f.ws.hidden_stride;
  add_and_norm(f, layer.attention_output, layer.attention_norm, context, f.ws.hidden_stride, block);
  feed_forward(f, layer, block);
  if (next != nullptr) project_qkv(f, *next, block);
}

// Word, position and type embeddings, and what makes hidden states of them where the sizes differ. int8
// tables are read into staging, block by block.
void embed(const Forward& f, const EncoderWeights& weights) {
  Workspace& ws = f.ws;
  const PackedBatch& batch = f.batch;
  const size_t tokens = batch.num_tokens(), e = f.config.embedding_size, blocks = num_blocks(tokens);
  const bool project = weights.project.weight != nullptr;
  float* y = project ? ws.context.data() : ws.hidden.data();
  const auto sum_and_norm = [&](RowBlock block, const float* word, const int32_t* ids,
                                const float* position, const int32_t* positions) {
    f.kernels.embed_layer_norm(word, weights.token_type, position, ids,
                               batch.type_ids.data() + block.begin, positions, weights.norm.gamma,
                               weights.norm.beta, f.config.layer_norm_eps,
                               y + block.begin * ws.hidden_stride, ws.hidden_stride, block.rows, e);
  };
  if (weights.word.f32 != nullptr) {
    sum_and_norm({0, tokens}, weights.word.f32, batch.ids.data(), weights.position.f32,
                 batch.positions.data());
  } else {
    for (size_t b = 0; b < blocks; ++b) {
      const RowBlock block = row_block(tokens, b, blocks);
      float* word = ws.staging.data();
      float* position = word + block.rows * e;
      gather_rows(weights.word, batch.ids.data() + block.begin, block.rows, e, word);
      gather_rows(weights.position, batch.positions.data() + block.begin, block.rows, e, position);
      sum_and_norm(block, word, ws.row_numbers.data(), position, ws.row_numbers.data());
    }
  }
  if (!project) return;
  apply(f.kernels, weights.project, Activation::kIdentity, y, ws.hidden_stride, tokens,
        ws.hidden.data(), ws.hidden_stride);
}

}  // namespace

void encoder_forward(const EncoderConfig& config, const EncoderWeights& weights,
                     const kernels::Kernels& kernels, const PackedBatch& batch, Workspace& ws,
                     const EncoderObserver* observe) {
  const Forward f{config, kernels, batch, ws, observe};
  const size_t tokens = batch.num_tokens(), blocks = num_blocks(tokens);

  const bool int8 = weights.layers[0].qkv.is_int8();
  embed(f, weights);
  observe_hidden(f, 0);
  for (size_t b = 0; b < blocks; ++b) {
    (int8 ? project_qkv_int8 : project_qkv)(f, weights.layers[0], row_block(tokens, b, blocks));
  }

  for (size_t l = 0; l < weights.layers.size(); ++l) {
    const LayerWeights& layer = weights.layers[l];
    const LayerWeights* next = l + 1 < weights.layers.size() ? &weights.layers[l + 1] : nullptr;
    attention(config, kernels, batch, weights.position_bias, ws);
    for (size_t b = 0; b < blocks; ++b) {
      (int8 ? between_attentions_int8 : between_attentions)(f, layer, next,
                                                            row_block(tokens, b, blocks));
    }
    observe_hidden(f, l + 1);
  }
}

}  // namespace linnet::engine
