// The encoder's steps with int8 matrices. Each product reads bytes and leaves fp32 with its bias in
// staging; the row pass over it ends in the bytes that the next product reads. Residual stream, LayerNorm,
// GELU and attention are fp32.
#include "engine/attention.h"
#include "engine/encoder_steps.h"

namespace linnet::engine {
namespace {

float* hidden_of(const Forward& f, RowBlock block) {
  return f.ws.hidden.data() + block.begin * f.ws.hidden_stride;
}

void multiply(const Forward& f, const Linear& linear, size_t rows, float* y, size_t ldy) {
  f.kernels.gemm_s8(f.ws.bytes(), rows, linear.int8, y, ldy);
}

// The block's bytes hold what layer.qkv reads.
void project_and_split(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  float* qkv = ws.staging.data();
  multiply(f, layer.qkv, block.rows, qkv, ws.staging_stride);
  split_qkv(f.config, f.batch, block.begin, block.rows, qkv, ws.staging_stride, ws);
}

// hidden = layer_norm(hidden + W x + b), x in the block's bytes; then hidden in them for `next`, if any.
void add_and_norm(const Forward& f, const Linear& linear, const LayerNorm& norm, const Linear* next,
                  RowBlock block) {
  Workspace& ws = f.ws;
  float* hidden = hidden_of(f, block);
  float* y = ws.narrow.data();
  multiply(f, linear, block.rows, y, ws.hidden_stride);
  f.kernels.residual_layer_norm_quantize(y, ws.hidden_stride, hidden, ws.hidden_stride, norm.gamma,
                                         norm.beta, f.config.layer_norm_eps, hidden, ws.hidden_stride,
                                         block.rows, f.config.hidden_size,
                                         next == nullptr ? nullptr : next->balance, ws.bytes());
}

void activate_and_quantize(const Forward& f, float* x, size_t n, const float* balance, size_t rows) {
  Workspace& ws = f.ws;
  if (f.config.activation == Activation::kGelu) {
    return f.kernels.gelu_quantize(x, ws.staging_stride, rows, n, balance, ws.bytes());
  }
  activate(f.kernels, f.config.activation, x, ws.staging_stride, rows, n);
  f.kernels.quantize_rows(x, ws.staging_stride, rows, n, balance, ws.bytes());
}

}  // namespace

void project_qkv_int8(const Forward& f, const LayerWeights& layer, RowBlock block) {
  f.kernels.quantize_rows(hidden_of(f, block), f.ws.hidden_stride, block.rows, f.config.hidden_size,
                          layer.qkv.balance, f.ws.bytes());
  project_and_split(f, layer, block);
}

void between_attentions_int8(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                             RowBlock block) {
  Workspace& ws = f.ws;
  const float* context = ws.context.data() + block.begin * ws.hidden_stride;
  float* up = ws.staging.data();
  f.kernels.quantize_rows(context, ws.hidden_stride, block.rows, f.config.hidden_size,
                          layer.attention_output.balance, ws.bytes());
  add_and_norm(f, layer.attention_output, layer.attention_norm, &layer.ffn_up, block);
  multiply(f, layer.ffn_up, block.rows, up, ws.staging_stride);
  activate_and_quantize(f, up, layer.ffn_up.out, layer.ffn_down.balance, block.rows);
  add_and_norm(f, layer.ffn_down, layer.output_norm, next == nullptr ? nullptr : &next->qkv, block);
  if (next != nullptr) project_and_split(f, *next, block);
}

void gather_rows(const Table& table, const int32_t* ids, size_t rows, size_t n, float* y) {
  for (size_t row = 0; row < rows; ++row, y += n) {
    const auto id = static_cast<size_t>(ids[row]);
    const int8_t* const values = table.s8 + id * n;
    const float scale = table.scale[id];
    for (size_t j = 0; j < n; ++j) y[j] = scale * static_cast<float>(values[j]);
  }
}

}  // namespace linnet::engine
