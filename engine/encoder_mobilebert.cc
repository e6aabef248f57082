// MobileBERT: Sun et al. 2020; models/mobilebert/modeling_mobilebert.py in transformers. Hidden states have h columns;
// what a layer does between two of them it does in the b columns of its bottleneck. Without biases:
//
//   inner = norm(W hidden)                                     the residual stream within the layer
//   q, k = W norm(W hidden), v = W hidden                      attention_inside: all three are W inner
//   inner = norm(inner + W attention(q, k, v))
//   inner = norm(inner + W act(W inner))                       for each of the layer's feed-forwards
//   hidden = norm(hidden + W inner)
//
// norm is LayerNorm, or NoNorm. A step is the same in both precisions: an int8 matrix quantizes what it reads.
#include <algorithm>

#include "engine/attention.h"
#include "engine/encoder_steps.h"
#include "engine/profile.h"

namespace linnet::engine {
namespace {

// Some LayerNorms of the reference have the default of torch in the place of layer_norm_eps.
constexpr float kTorchEps = 1e-5f;

// Rows of floats, `stride` apart.
struct View {
  float* data;
  size_t stride;

  View from(size_t row) const { return {data + row * stride, stride}; }
};

View hidden_of(const Forward& f) { return {f.ws.hidden.data(), f.ws.hidden_stride}; }
View inner_of(const Forward& f) { return {f.ws.inner.data(), f.ws.inner_stride}; }
View narrow_of(const Forward& f) { return {f.ws.narrow.data(), f.ws.hidden_stride}; }
View staging_of(const Forward& f) { return {f.ws.staging.data(), f.ws.staging_stride}; }

// y = act(W x + b) for the rows of the block: x and y begin with its first. Each worker has columns of y.
void apply(const Forward& f, const Linear& linear, Activation activation, View x, RowBlock block, View y) {
  const Range panels = f.team.share(linear.panels());
  const Linear mine = columns_of(linear, panels);
  float* out = y.data + 16 * panels.begin;
  if (linear.is_int8()) {
    const RowBlock rows = my_rows(f, block);
    f.kernels.quantize_rows(x.from(rows.begin - block.begin).data, x.stride, rows.rows, linear.in, linear.balance,
                            bytes_of(f, rows, block));
    f.team.meet();
    multiply(f.kernels, mine, f.ws.bytes(), block.rows, out, y.stride);
    add_bias_activate(f.kernels, activation, out, y.stride, block.rows, mine.out, nullptr);
  } else {
    if (f.observe != nullptr && f.observe->input != nullptr) {
      f.observe->input(f.observe->context, linear, x.data, x.stride, block.rows);
    }
    apply(f.kernels, mine, activation, x.data, x.stride, block.rows, out, y.stride);
  }
  f.team.meet();
}

// y = norm(x + residual), n columns of `rows` rows; y may be x or residual.
void add_and_norm(const Forward& f, const LayerNorm& norm, float eps, View x, View residual, View y, size_t rows,
                  size_t n) {
  if (f.config.bottleneck.no_norm) {
    f.kernels.residual_no_norm(x.data, x.stride, residual.data, residual.stride, norm.gamma, norm.beta, y.data,
                               y.stride, rows, n);
  } else {
    f.kernels.add_bias_residual_layer_norm(x.data, x.stride, f.ws.zero_row.data(), residual.data, residual.stride,
                                           norm.gamma, norm.beta, eps, y.data, y.stride, rows, n);
  }
}

void norm_alone(const Forward& f, const LayerNorm& norm, float eps, View x, View y, size_t rows, size_t n) {
  add_and_norm(f, norm, eps, x, {f.ws.zero_row.data(), 0}, y, rows, n);
}

// stream = norm(stream + W x + b) for the rows of the block, with which x and stream begin.
void apply_and_add(const Forward& f, const Linear& linear, const LayerNorm& norm, float eps, View x, View stream,
                   RowBlock block) {
  apply(f, linear, Activation::kIdentity, x, block, narrow_of(f));
  const RowBlock mine = my_rows(f, block);
  const size_t first = mine.begin - block.begin;
  add_and_norm(f, norm, eps, narrow_of(f).from(first), stream.from(first), stream.from(first), mine.rows, linear.out);
  f.team.meet();
}

void feed_forward(const Forward& f, const Linear& up, const Linear& down, const LayerNorm& norm, float eps,
                  RowBlock block) {
  const View inner = inner_of(f).from(block.begin);
  apply(f, up, f.config.activation, inner, block, staging_of(f));
  apply_and_add(f, down, norm, eps, staging_of(f), inner, block);
}

// Row `id` of a table of either precision -> y [n]; zeros where id is below 0.
void read_row(const Table& table, int32_t id, size_t n, float* y) {
  if (id < 0) {
    std::fill_n(y, n, 0.0f);
  } else if (table.f32 != nullptr) {
    std::copy_n(table.f32 + static_cast<size_t>(id) * n, n, y);
  } else {
    gather_rows(table, &id, 1, n, y);
  }
}

// The word of a row of the batch -> y [e]; trigrams: the words of the next row, of this and of the one before,
// zeros beyond the text's ends -> y [3e].
void read_words(const Forward& f, const Table& words, size_t row, float* y) {
  const size_t e = f.config.embedding_size, text = f.batch.row_text[row];
  const int32_t* id = f.batch.ids.data() + row;
  if (!f.config.bottleneck.trigrams) return read_row(words, *id, e, y);
  read_row(words, row + 1 < f.batch.row_begin[text + 1] ? id[1] : -1, e, y);
  read_row(words, *id, e, y + e);
  read_row(words, row > f.batch.row_begin[text] ? id[-1] : -1, e, y + 2 * e);
}

}  // namespace

void embed_mobilebert(const Forward& f, const EncoderWeights& weights) {
  const InPart in(Part::kGather);
  const size_t tokens = f.batch.num_tokens(), blocks = num_blocks(tokens), h = f.config.hidden_size;
  const bool project = f.config.has_projection();
  for (size_t b = 0; b < blocks; ++b) {
    const RowBlock block = row_block(tokens, b, blocks), mine = my_rows(f, block);
    const View hidden = hidden_of(f).from(mine.begin), position = narrow_of(f).from(mine.begin - block.begin);
    const View words = project ? staging_of(f).from(mine.begin - block.begin) : hidden;
    for (size_t i = 0; i < mine.rows; ++i) read_words(f, weights.word, mine.begin + i, words.from(i).data);
    if (project) {
      apply(f.kernels, weights.project, Activation::kIdentity, words.data, words.stride, mine.rows, hidden.data,
            hidden.stride);
    }
    for (size_t i = 0; i < mine.rows; ++i) {
      float* const y = hidden.from(i).data;
      read_row(weights.position, f.batch.positions[mine.begin + i], h, position.data);
      const float* const type = weights.token_type + static_cast<size_t>(f.batch.type_ids[mine.begin + i]) * h;
      for (size_t j = 0; j < h; ++j) y[j] = (y[j] + position.data[j]) + type[j];
    }
    norm_alone(f, weights.norm, kTorchEps, hidden, hidden, mine.rows, h);
    f.team.meet();
  }
}

void project_mobilebert(const Forward& f, const LayerWeights& layer, RowBlock block) {
  const BottleneckWeights& bottleneck = layer.bottleneck;
  const size_t b = f.config.bottleneck.size;
  const float eps = f.config.layer_norm_eps;
  const View inner = inner_of(f).from(block.begin), made = staging_of(f);  // of hidden: see BottleneckWeights
  const View query_key = {made.data + round_up_16(bottleneck.in.out), made.stride};
  apply(f, bottleneck.in, Activation::kIdentity, hidden_of(f).from(block.begin), block, made);

  const RowBlock mine = my_rows(f, block);
  const size_t first = mine.begin - block.begin;
  norm_alone(f, bottleneck.in_norm, eps, made.from(first), inner.from(first), mine.rows, b);
  View attention_input = inner, value = {query_key.data + 2 * b, query_key.stride};
  if (!f.config.bottleneck.attention_inside) {
    attention_input = narrow_of(f);
    value = {made.data + 2 * b, made.stride};
    norm_alone(f, bottleneck.attention_norm, eps, {made.from(first).data + b, made.stride},
               attention_input.from(first), mine.rows, b);
  }
  f.team.meet();
  apply(f, layer.qkv, Activation::kIdentity, attention_input, block, query_key);
  split_qkv(f.config, f.kernels, f.batch, mine.begin, mine.rows, query_key.from(first).data, value.from(first).data,
            made.stride, f.ws, f.team.worker);
  f.team.meet();
}

void between_attentions_mobilebert(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                                   RowBlock block) {
  const BottleneckWeights& bottleneck = layer.bottleneck;
  const float eps = f.config.layer_norm_eps;
  const View context = {f.ws.context.data() + block.begin * f.ws.hidden_stride, f.ws.hidden_stride};
  const View inner = inner_of(f).from(block.begin), hidden = hidden_of(f).from(block.begin);
  apply_and_add(f, layer.attention_output, layer.attention_norm, eps, context, inner, block);
  for (const FeedForward& ffn : bottleneck.feed_forwards) feed_forward(f, ffn.up, ffn.down, ffn.norm, eps, block);
  feed_forward(f, layer.ffn_up, layer.ffn_down, layer.output_norm, kTorchEps, block);
  apply_and_add(f, bottleneck.out, bottleneck.out_norm, eps, inner, hidden, block);
  if (next != nullptr) project_mobilebert(f, *next, block);
}

}  // namespace linnet::engine
