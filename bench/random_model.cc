#include "bench/random_model.h"

#include <cmath>

namespace linnet::bench {
namespace {

constexpr uint32_t kVocab = 2048, kPositions = 512;

}  // namespace

RandomModel::RandomModel(const Shape& shape) {
  const size_t h = shape.hidden, f = shape.intermediate;
  engine::EncoderConfig& encoder = config.encoder;
  encoder.family = "bert";
  encoder.hidden_size = encoder.embedding_size = shape.hidden;
  encoder.num_layers = shape.layers;
  encoder.num_heads = shape.heads;
  encoder.intermediate_size = shape.intermediate;
  encoder.vocab_size = kVocab;
  encoder.max_positions = config.max_length = kPositions;
  encoder.type_vocab_size = 2;
  encoder.layer_norm_eps = 1e-12f;

  weights.word.f32 = random(kVocab * h, 1);
  weights.position.f32 = random(kPositions * h, 1);
  weights.token_type = random(2 * h, 1);
  weights.norm = layer_norm();
  for (uint32_t l = 0; l < shape.layers; ++l) {
    weights.layers.push_back({.qkv = linear(h, 3 * h),
                              .attention_output = linear(h, h),
                              .attention_norm = layer_norm(),
                              .ffn_up = linear(h, f),
                              .ffn_down = linear(f, h),
                              .output_norm = layer_norm()});
  }
}

// Evenly distributed in [-scale, scale), by the linear congruential generator of
// Numerical Recipes, section 7.1.
const float* RandomModel::random(size_t n, float scale) {
  base::AlignedBuffer<float>& buffer = buffers_.emplace_back(n);
  for (size_t i = 0; i < n; ++i) {
    state_ = state_ * 1664525u + 1013904223u;
    buffer.data()[i] = scale * (static_cast<float>(state_ >> 8) * 0x1p-23f - 1.0f);
  }
  return buffer.data();
}

engine::Linear RandomModel::linear(size_t in, size_t out) {
  engine::Linear made;
  made.weight = random(in * out, 1.0f / std::sqrt(static_cast<float>(in)));
  made.bias = random(out, 0.1f);
  made.in = in;
  made.out = out;
  return made;
}

engine::LayerNorm RandomModel::layer_norm() {
  const size_t h = config.encoder.hidden_size;
  return {.gamma = random(h, 1), .beta = random(h, 0.1f)};
}

engine::PackedBatch random_batch(const RandomModel& model, size_t texts, size_t length) {
  engine::PackedBatch batch(texts * length, length);
  uint32_t state = 7;
  for (size_t text = 0; text < texts; ++text) {
    for (size_t i = 0; i < length; ++i) {
      state = state * 1664525u + 1013904223u;
      batch.ids[batch.num_tokens() + i] = static_cast<int32_t>((state >> 8) % model.config.encoder.vocab_size);
    }
    batch.add_text(length);
  }
  return batch;
}

double operations_per_token(const engine::EncoderConfig& config, double length) {
  const double h = config.hidden_size, f = config.intermediate_size;
  return config.num_layers * (2 * (4 * h * h + 2 * h * f) + 4 * length * h);
}

}  // namespace linnet::bench
