#include "bench/random_model.h"

#include <algorithm>
#include <cmath>

#include "engine/position_bias.h"

namespace linnet::bench {
namespace {

constexpr uint32_t kVocab = 2048;

}  // namespace

RandomModel::RandomModel(const Shape& shape, Precision precision) {
  const size_t h = shape.hidden, f = shape.intermediate;
  engine::EncoderConfig& encoder = config.encoder;
  config.precision = precision;
  encoder.family = "bert";
  encoder.hidden_size = encoder.embedding_size = shape.hidden;
  encoder.num_layers = shape.layers;
  encoder.num_heads = shape.heads;
  encoder.intermediate_size = shape.intermediate;
  encoder.vocab_size = kVocab;
  encoder.positions = shape.positions;
  encoder.gated = shape.gated;
  encoder.max_positions = config.max_length = shape.longest;
  encoder.type_vocab_size = 2;
  encoder.layer_norm_eps = 1e-12f;

  weights.word = table(kVocab, h);
  read_positions();
  weights.token_type = random(2 * h, 1);
  weights.norm = layer_norm();
  for (uint32_t l = 0; l < shape.layers; ++l) {
    weights.layers.push_back({.qkv = linear(h, 3 * h),
                              .attention_output = linear(h, h),
                              .attention_norm = layer_norm(),
                              .ffn_up = linear(h, shape.gated ? 2 * f : f),
                              .ffn_down = linear(f, h),
                              .output_norm = layer_norm()});
  }
}

void RandomModel::read_positions() {
  engine::EncoderConfig& encoder = config.encoder;
  const uint32_t heads = encoder.num_heads, longest = encoder.max_positions;
  if (encoder.has_position_table()) {
    weights.position = table(longest, encoder.hidden_size);
  } else {
    weights.no_position.assign(encoder.hidden_size, 0.0f);
    weights.position = {.f32 = weights.no_position.data()};
  }
  switch (encoder.positions) {
    case engine::Positions::kTable:
      break;
    case engine::Positions::kRelative:
      encoder.relative_buckets = engine::kRelativeBuckets;
      weights.position_bias =
          engine::spread_relative_bias(random(engine::kRelativeBuckets * heads, 1), heads, longest);
      break;
    case engine::Positions::kRotary:
      encoder.activation = engine::Activation::kSilu;
      encoder.rotary = {.base = 10000, .size = encoder.head_size(), .stretch = 0, .unstretched = longest};
      break;
    case engine::Positions::kAlibi:
      weights.position_bias = engine::spread_alibi(heads, longest);
      break;
  }
}

// The linear congruential generator of Numerical Recipes, section 7.1.
uint32_t RandomModel::next() {
  state_ = state_ * 1664525u + 1013904223u;
  return state_ >> 8;
}

// Evenly distributed in [-scale, scale).
const float* RandomModel::random(size_t n, float scale) {
  base::AlignedBuffer<float>& buffer = buffers_.emplace_back(n);
  for (size_t i = 0; i < n; ++i) {
    buffer.data()[i] = scale * (static_cast<float>(next()) * 0x1p-23f - 1.0f);
  }
  return buffer.data();
}

const float* RandomModel::same(size_t n, float value) {
  base::AlignedBuffer<float>& buffer = buffers_.emplace_back(n);
  std::fill_n(buffer.data(), n, value);
  return buffer.data();
}

// Of [-64, 63]: any two of them are within the pair bound.
const int8_t* RandomModel::random_bytes(size_t n) {
  base::AlignedBuffer<int8_t>& buffer = byte_buffers_.emplace_back(n);
  for (size_t i = 0; i < n; ++i) buffer.data()[i] = static_cast<int8_t>(static_cast<int>(next() >> 17) - 64);
  return buffer.data();
}

engine::Table RandomModel::table(size_t rows, size_t n) {
  if (config.precision == Precision::kFp32) return {.f32 = random(rows * n, 1)};
  return {.s8 = random_bytes(rows * n), .scale = same(rows, 0x1p-6f)};
}

engine::Linear RandomModel::linear(size_t in, size_t out) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(in));
  engine::Linear made;
  made.in = in;
  made.out = out;
  made.bias = random(out, 0.1f);
  if (config.precision == Precision::kFp32) {
    made.weight = random(in * out, scale);
    return made;
  }
  // [panels][in / 4][16][4]; the shapes here are multiples of 16.
  const int8_t* values = random_bytes(in * out);
  base::AlignedBuffer<int32_t>& sums = sum_buffers_.emplace_back(out);
  std::fill_n(sums.data(), out, 0);
  for (size_t i = 0; i < in * out; ++i) {
    const size_t panel = i / (16 * in), column = i / 4 % 16;
    sums.data()[16 * panel + column] += values[i];
  }
  made.int8 = {values, out / 16, in, same(out, scale / 64), sums.data(), made.bias};
  made.balance = same(in, 1);
  return made;
}

engine::LayerNorm RandomModel::layer_norm() {
  const size_t h = config.encoder.hidden_size;
  return {.gamma = random(h, 1), .beta = random(h, 0.1f)};
}

engine::PackedBatch random_batch(const engine::EncoderConfig& config, size_t texts, size_t length) {
  engine::PackedBatch batch(texts * length, length);
  uint32_t state = 7;
  for (size_t text = 0; text < texts; ++text) {
    for (size_t i = 0; i < length; ++i) {
      state = state * 1664525u + 1013904223u;
      batch.ids[batch.num_tokens() + i] = static_cast<int32_t>((state >> 8) % config.vocab_size);
    }
    batch.add_text(length);
  }
  return batch;
}

double product_operations(const engine::EncoderConfig& config) {
  const double h = config.hidden_size, f = config.intermediate_size;
  return config.num_layers * 2 * (4 * h * h + (config.gated ? 3 : 2) * h * f);
}

double attention_operations(const engine::EncoderConfig& config, double length) {
  return config.num_layers * 4 * length * config.hidden_size;
}

}  // namespace linnet::bench
