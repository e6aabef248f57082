#include "engine/encoder.h"

#include <algorithm>

#include "engine/attention.h"
#include "engine/encoder_steps.h"

namespace linnet::engine {
namespace {

// y = x W^T, before the bias, in the columns of `mine`, the team's share of linear's.
void multiply(const Forward& f, const Linear& linear, const Linear& mine, const float* x, size_t ldx,
              size_t rows, float* y, size_t ldy) {
  if (f.observe != nullptr && f.observe->input != nullptr) {
    f.observe->input(f.observe->context, linear, x, ldx, rows);
  }
  multiply(f.kernels, mine, x, ldx, rows, y, ldy);
}

void observe_hidden(const Forward& f, size_t layer) {
  if (f.observe == nullptr || f.observe->hidden == nullptr) return;
  f.observe->hidden(f.observe->context, layer, f.ws.hidden.data(), f.ws.hidden_stride);
}

void observe_queries_and_keys(const Forward& f, size_t layer) {
  if (f.observe == nullptr || f.observe->queries_and_keys == nullptr) return;
  f.observe->queries_and_keys(f.observe->context, layer);
}

void project_qkv(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  const Range panels = f.team.share(layer.qkv.panels());
  const Linear mine = columns_of(layer.qkv, panels);
  const float* hidden = ws.hidden.data() + block.begin * ws.hidden_stride;
  float* qkv = ws.staging.data() + 16 * panels.begin;
  multiply(f, layer.qkv, mine, hidden, ws.hidden_stride, block.rows, qkv, ws.staging_stride);
  f.kernels.add_bias(qkv, ws.staging_stride, block.rows, mine.out, mine.bias);
  f.team.meet();
  const RowBlock rows = my_rows(f, block);
  qkv = ws.staging.data() + (rows.begin - block.begin) * ws.staging_stride;
  split_qkv(f.config, f.kernels, f.batch, rows.begin, rows.rows, qkv, qkv + 2 * f.config.hidden_size,
            ws.staging_stride, ws, f.team.worker);
  f.team.meet();
}

// hidden = layer_norm(hidden + W context + b): BertSelfOutput and BertOutput.
void add_and_norm(const Forward& f, const Linear& linear, const LayerNorm& norm, const float* x,
                  size_t ldx, RowBlock block) {
  Workspace& ws = f.ws;
  const Range panels = f.team.share(linear.panels());
  multiply(f, linear, columns_of(linear, panels), x, ldx, block.rows,
           ws.narrow.data() + 16 * panels.begin, ws.hidden_stride);
  f.team.meet();
  const RowBlock rows = my_rows(f, block);
  const float* y = ws.narrow.data() + (rows.begin - block.begin) * ws.hidden_stride;
  float* hidden = ws.hidden.data() + rows.begin * ws.hidden_stride;
  f.kernels.add_bias_residual_layer_norm(y, ws.hidden_stride, linear.bias, hidden, ws.hidden_stride,
                                         norm.gamma, norm.beta, f.config.layer_norm_eps, hidden,
                                         ws.hidden_stride, rows.rows, f.config.hidden_size);
  f.team.meet();
}

void feed_forward(const Forward& f, const LayerWeights& layer, RowBlock block) {
  Workspace& ws = f.ws;
  const Range panels = f.team.share(layer.ffn_up.panels());
  const Linear mine = columns_of(layer.ffn_up, panels);
  const float* hidden = ws.hidden.data() + block.begin * ws.hidden_stride;
  float* up = ws.staging.data() + 16 * panels.begin;
  multiply(f, layer.ffn_up, mine, hidden, ws.hidden_stride, block.rows, up, ws.staging_stride);
  if (f.config.gated) {
    f.team.meet();
    const RowBlock rows = my_rows(f, block);
    add_bias_gate(f.kernels, f.config.activation,
                  ws.staging.data() + (rows.begin - block.begin) * ws.staging_stride, ws.staging_stride,
                  rows.rows, f.config.intermediate_size, layer.ffn_up.bias);
  } else {
    add_bias_activate(f.kernels, f.config.activation, up, ws.staging_stride, block.rows, mine.out,
                      mine.bias);
  }
  f.team.meet();
  add_and_norm(f, layer.ffn_down, layer.output_norm, ws.staging.data(), ws.staging_stride, block);
}

void between_attentions(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                        RowBlock block) {
  const float* context = f.ws.context.data() + block.begin * f.ws.hidden_stride;
  add_and_norm(f, layer.attention_output, layer.attention_norm, context, f.ws.hidden_stride, block);
  feed_forward(f, layer, block);
  if (next != nullptr) project_qkv(f, *next, block);
}

// Word, position and type embeddings, and what makes hidden states of them where the sizes differ. Tables
// that have no plain rows are read into staging, block by block, where each worker has rows of its own.
void embed(const Forward& f, const EncoderWeights& weights) {
  Workspace& ws = f.ws;
  const PackedBatch& batch = f.batch;
  const size_t tokens = batch.num_tokens(), e = f.config.embedding_size, blocks = num_blocks(tokens);
  const bool project = weights.project.weight != nullptr;
  float* y = project ? ws.context.data() : ws.hidden.data();
  const int32_t* positions =
      f.config.has_position_table() ? batch.positions.data() : ws.zeros.data();
  const auto sum_and_norm = [&](RowBlock rows, const float* word, const int32_t* ids,
                                const float* position, const int32_t* position_rows) {
    f.kernels.embed_layer_norm(word, weights.token_type, position, ids,
                               batch.type_ids.data() + rows.begin, position_rows, weights.norm.gamma,
                               weights.norm.beta, f.config.layer_norm_eps,
                               y + rows.begin * ws.hidden_stride, ws.hidden_stride, rows.rows, e);
  };
  const RowBlock mine = my_rows(f, {0, tokens});
  if (weights.word.f32 != nullptr) {
    sum_and_norm(mine, weights.word.f32, batch.ids.data() + mine.begin, weights.position.f32,
                 positions + mine.begin);
  } else {
    for (size_t b = 0; b < blocks; ++b) {
      const RowBlock block = row_block(tokens, b, blocks), rows = my_rows(f, block);
      float* word = ws.staging.data() + (rows.begin - block.begin) * e;
      gather_rows(weights.word, batch.ids.data() + rows.begin, rows.rows, e, word);
      if (weights.position.f32 == nullptr) {
        float* position = word + block.rows * e;
        gather_rows(weights.position, positions + rows.begin, rows.rows, e, position);
        sum_and_norm(rows, word, ws.row_numbers.data(), position, ws.row_numbers.data());
      } else {
        sum_and_norm(rows, word, ws.row_numbers.data(), weights.position.f32, positions + rows.begin);
      }
      f.team.meet();
    }
  }
  if (project) {
    apply(f.kernels, weights.project, Activation::kIdentity, y + mine.begin * ws.hidden_stride,
          ws.hidden_stride, mine.rows, ws.hidden.data() + mine.begin * ws.hidden_stride, ws.hidden_stride);
  }
  f.team.meet();
}

// Moves each text's first row, of the residual streams and of attention's output, to row `text`.
void keep_first_rows(const Forward& f) {
  Workspace& ws = f.ws;
  for (size_t text = 0; f.team.leads() && text < f.batch.num_texts(); ++text) {
    const size_t from = f.batch.row_begin[text] * ws.hidden_stride, to = text * ws.hidden_stride;
    if (from == to) continue;
    std::copy_n(ws.hidden.data() + from, f.config.hidden_size, ws.hidden.data() + to);
    std::copy_n(ws.context.data() + from, f.config.attention_size(), ws.context.data() + to);
    if (!f.config.has_bottleneck()) continue;
    std::copy_n(ws.inner.data() + f.batch.row_begin[text] * ws.inner_stride, f.config.bottleneck.size,
                ws.inner.data() + text * ws.inner_stride);
  }
  f.team.meet();
}

// What a model's kind does around its attentions.
struct Steps {
  void (*embed)(const Forward& f, const EncoderWeights& weights);
  void (*project)(const Forward& f, const LayerWeights& layer, RowBlock block);
  void (*between)(const Forward& f, const LayerWeights& layer, const LayerWeights* next, RowBlock block);
};

Steps steps_of(const EncoderConfig& config, const EncoderWeights& weights) {
  if (config.has_bottleneck()) return {embed_mobilebert, project_mobilebert, between_attentions_mobilebert};
  if (weights.layers[0].qkv.is_int8()) return {embed, project_qkv_int8, between_attentions_int8};
  return {embed, project_qkv, between_attentions};
}

}  // namespace

void encoder_forward(const EncoderConfig& config, const EncoderWeights& weights,
                     const kernels::Kernels& kernels, const PackedBatch& batch, Workspace& ws,
                     const ForwardOptions& options) {
  const Forward f{config, kernels, batch, ws, options.team, options.observer};
  size_t rows = batch.num_tokens(), blocks = num_blocks(rows);

  const Steps steps = steps_of(config, weights);
  steps.embed(f, weights);
  observe_hidden(f, 0);
  for (size_t b = 0; b < blocks; ++b) steps.project(f, weights.layers[0], row_block(rows, b, blocks));

  for (size_t l = 0; l < weights.layers.size(); ++l) {
    const LayerWeights& layer = weights.layers[l];
    const LayerWeights* next = l + 1 < weights.layers.size() ? &weights.layers[l + 1] : nullptr;
    const bool first_rows = next == nullptr && options.rows == OutputRows::kFirst;
    observe_queries_and_keys(f, l);
    attention(config, kernels, batch, weights.position_bias, ws, f.team, first_rows);
    f.team.meet();
    if (first_rows) {
      keep_first_rows(f);
      rows = batch.num_texts();
      blocks = num_blocks(rows);
    }
    for (size_t b = 0; b < blocks; ++b) steps.between(f, layer, next, row_block(rows, b, blocks));
    observe_hidden(f, l + 1);
  }
}

}  // namespace linnet::engine
