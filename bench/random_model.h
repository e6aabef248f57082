// bench/random_model.h - encoders of any shape with random weights, for speed alone: no file is needed.
#pragma once

#include <cstdint>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/config.h"
#include "engine/encoder_weights.h"
#include "engine/packed_batch.h"

namespace linnet::bench {

struct Shape {
  const char* name;
  uint32_t layers, hidden, heads, intermediate;
  engine::Positions positions = engine::Positions::kTable;
  bool gated = false;
  uint32_t longest = 512;
};
inline constexpr Shape kMiniLm = {"minilm", 6, 384, 12, 1536};
inline constexpr Shape kBertBase = {"bert_base", 12, 768, 12, 3072};
inline constexpr Shape kBertLarge = {"bert_large", 24, 1024, 16, 4096};
inline constexpr Shape kMpnet = {"mpnet", 12, 768, 12, 3072, engine::Positions::kRelative};
inline constexpr Shape kNomic = {"nomic", 12, 768, 12, 3072, engine::Positions::kRotary, true, 8192};
inline constexpr Shape kJina = {"jina", 12, 768, 12, 3072, engine::Positions::kAlibi, true, 8192};

// Every matrix has memory of its own, as in a model. The same shape has the same weights everywhere.
struct RandomModel {
  explicit RandomModel(const Shape& shape, Precision precision = Precision::kFp32);
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;

  engine::ModelConfig config;
  engine::EncoderWeights weights;  // views into buffers

 private:
  uint32_t next();  // 24 random bits
  void read_positions();
  const float* random(size_t n, float scale);
  const float* same(size_t n, float value);
  const int8_t* random_bytes(size_t n);
  engine::Table table(size_t rows, size_t n);
  engine::Linear linear(size_t in, size_t out);
  engine::LayerNorm layer_norm();

  std::vector<base::AlignedBuffer<float>> buffers_;
  std::vector<base::AlignedBuffer<int8_t>> byte_buffers_;
  std::vector<base::AlignedBuffer<int32_t>> sum_buffers_;
  uint32_t state_ = 1;
};

// Texts of `length` random ids.
engine::PackedBatch random_batch(const engine::EncoderConfig& config, size_t texts, size_t length);
inline engine::PackedBatch random_batch(const RandomModel& model, size_t texts, size_t length) {
  return random_batch(model.config.encoder, texts, length);
}

// Of one token, multiply-adds counted as two operations.
double product_operations(const engine::EncoderConfig& config);                    // 2 a weight of the layers
double attention_operations(const engine::EncoderConfig& config, double length);  // 4 S h a layer

}  // namespace linnet::bench
