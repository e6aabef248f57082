// engine/config.h - the numbers and choices that define one model. Plain data, no behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/model.h"  // Pooling

namespace linnet::engine {

enum class Activation : uint32_t { kIdentity, kTanh, kGelu };  // kGelu: the erf form

struct EncoderConfig {
  std::string family;             // "bert"
  uint32_t hidden_size = 0;
  uint32_t num_layers = 0;
  uint32_t num_heads = 0;         // divides hidden_size
  uint32_t intermediate_size = 0;
  uint32_t vocab_size = 0;
  uint32_t max_positions = 0;     // rows of the position table
  uint32_t type_vocab_size = 0;
  float layer_norm_eps = 0;
  Activation activation = Activation::kGelu;

  uint32_t head_size() const { return hidden_size / num_heads; }
};

// A sentence-transformers Dense module, applied to the pooled vector: y = act(W x + b).
struct DenseConfig {
  uint32_t in_features = 0;
  uint32_t out_features = 0;
  bool bias = true;
  Activation activation = Activation::kTanh;
};

struct ModelConfig {
  EncoderConfig encoder;
  Pooling pooling = Pooling::kMean;
  std::vector<DenseConfig> dense;  // in order, between pooling and normalize
  bool normalize = false;
  uint32_t max_length = 0;         // tokens, special ones included
};

}  // namespace linnet::engine
