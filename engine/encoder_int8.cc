// The encoder's steps with int8 matrices. Each product reads bytes and leaves fp32 with its bias in
// staging; the row pass over it ends in the bytes that the next product reads. Residual stream, LayerNorm,
// GELU and softmax are fp32; attention: engine/attention_int8.h.
#include "engine/attention.h"
#include "engine/encoder_steps.h"

namespace linnet::engine {
namespace {

float* hidden_of(const Forward& f, RowBlock block) {
  return f.ws.hidden.data() + block.begin * f.ws.hidden_stride;
}

// The team's share of the columns of y = W x + b, x in the block's bytes.
void multiply(const Forward& f, const Linear& linear, size_t rows, float* y, size_t ldy) {
  const Range panels = f.team.share(linear.panels());
  multiply(f.kernels, columns_of(linear, panels), f.ws.bytes(), rows, y + 16 * panels.begin, ldy);
  f.team.meet();
}

// The block's bytes hold what layer.qkv reads.
void project_and_split(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  multiply(f, layer.qkv, block.rows, ws.staging.data(), ws.staging_stride);
  const RowBlock mine = my_rows(f, block);
  float* qkv = ws.staging.data() + (mine.begin - block.begin) * ws.staging_stride;
  split_qkv(f.config, f.kernels, f.batch, mine.begin, mine.rows, qkv, qkv + 2 * f.config.hidden_size,
            ws.staging_stride, ws, f.team.worker);
  f.team.meet();
}

// hidden = layer_norm(hidden + W x + b), x in the block's bytes; then hidden in them for `next`, if any.
void add_and_norm(const Forward& f, const Linear& linear, const LayerNorm& norm, const Linear* next,
                  RowBlock block) {
  Workspace& ws = f.ws;
  multiply(f, linear, block.rows, ws.narrow.data(), ws.hidden_stride);
  const RowBlock mine = my_rows(f, block);
  const float* y = ws.narrow.data() + (mine.begin - block.begin) * ws.hidden_stride;
  float* hidden = hidden_of(f, mine);
  f.kernels.residual_layer_norm_quantize(y, ws.hidden_stride, hidden, ws.hidden_stride, norm.gamma,
                                         norm.beta, f.config.layer_norm_eps, hidden, ws.hidden_stride,
                                         mine.rows, f.config.hidden_size,
                                         next == nullptr ? nullptr : next->balance,
                                         bytes_of(f, mine, block));
  f.team.meet();
}

// act(staging) [block, n] in the block's bytes; gated: the activated gate times what it gates.
void activate_and_quantize(const Forward& f, size_t n, const float* balance, RowBlock block) {
  Workspace& ws = f.ws;
  const RowBlock mine = my_rows(f, block);
  const kernels::QuantizedRows bytes = bytes_of(f, mine, block);
  float* x = ws.staging.data() + (mine.begin - block.begin) * ws.staging_stride;
  if (f.config.gated) {
    add_bias_gate(f.kernels, f.config.activation, x, ws.staging_stride, mine.rows, n, nullptr);
    f.kernels.quantize_rows(x, ws.staging_stride, mine.rows, n, balance, bytes);
  } else if (f.config.activation == Activation::kGelu) {
    f.kernels.gelu_quantize(x, ws.staging_stride, mine.rows, n, balance, bytes);
  } else {
    add_bias_activate(f.kernels, f.config.activation, x, ws.staging_stride, mine.rows, n, nullptr);
    f.kernels.quantize_rows(x, ws.staging_stride, mine.rows, n, balance, bytes);
  }
  f.team.meet();
}

// The block's rows of x [T, h] in the block's bytes.
void quantize(const Forward& f, const float* x, const float* balance, RowBlock block) {
  const RowBlock mine = my_rows(f, block);
  f.kernels.quantize_rows(x + mine.begin * f.ws.hidden_stride, f.ws.hidden_stride, mine.rows,
                          f.config.hidden_size, balance, bytes_of(f, mine, block));
  f.team.meet();
}

}  // namespace

void project_qkv_int8(const Forward& f, const LayerWeights& layer, RowBlock block) {
  quantize(f, f.ws.hidden.data(), layer.qkv.balance, block);
  project_and_split(f, layer, block);
}

void between_attentions_int8(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                             RowBlock block) {
  Workspace& ws = f.ws;
  quantize(f, ws.context.data(), layer.attention_output.balance, block);
  add_and_norm(f, layer.attention_output, layer.attention_norm, &layer.ffn_up, block);
  multiply(f, layer.ffn_up, block.rows, ws.staging.data(), ws.staging_stride);
  activate_and_quantize(f, layer.ffn_down.in, layer.ffn_down.balance, block);
  add_and_norm(f, layer.ffn_down, layer.output_norm, next == nullptr ? nullptr : &next->qkv, block);
  if (next != nullptr) project_and_split(f, *next, block);
}

}  // namespace linnet::engine
