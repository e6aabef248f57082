// engine/config.h - the numbers and choices that define one model. Plain data, no behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/model.h"  // Pooling, Precision, Prompt, Task, ProblemType

namespace linnet::engine {

// Far above any model there is, far below where sizes in bytes would overflow.
constexpr uint32_t kMostFeatures = 65536, kMostLayers = 1024, kMostRows = 1u << 24;
// Positions where no table in the file bounds them: angles stay in the range of kernels::Kernels::sin_cos, and a few
// bytes of a file cannot ask for gigabytes of ALiBi's biases.
constexpr uint32_t kMostFreePositions = 65536;
// Bases of rotary positions are 1,000 to 10,000,000 in practice.
constexpr float kMostRotaryBase = 1e12f, kMostRotaryStretch = 1024;
constexpr uint32_t kMostFeedForwards = 64;

// kGelu: the erf form; kGeluTanh: the approximation with tanh.
enum class Activation : uint32_t { kIdentity, kTanh, kGelu, kGeluTanh, kRelu, kSilu };

// How a layer learns where a token stands.
enum class Positions : uint32_t {
  kTable,     // a learned row for each position is part of the embeddings
  kRelative,  // that, and a learned bias for each distance (MPNet)
  kRotary,    // queries and keys turn by an angle for each position: see rotary.h
  kAlibi,     // scores fall with the distance: see position_bias.h
};

// Rotary positions (Su et al. 2021), and how they stretch: for all texts alike ("NTK") or for long ones ("dynamic
// NTK").
struct RotaryConfig {
  float base = 0;               // 10000 in the paper
  uint32_t size = 0;            // of a head's columns, the first so many turn; even
  float ntk_factor = 1;         // the base is so many times as large, and every wavelength by its root: rotary.h
  float stretch = 0;            // rotary_scaling_factor; 0: none
  uint32_t unstretched = 0;     // length of the longest text that is not stretched
};

// MobileBERT (Sun et al. 2020): between two hidden states a layer works on fewer columns, `size` of them. See
// encoder_mobilebert.cc.
struct BottleneckConfig {
  uint32_t size = 0;              // intra_bottleneck_size; 0: the family has none
  bool attention_inside = false;  // queries, keys and values are made of what the feed-forwards read; else values
                                  // of the hidden state, and queries and keys of columns of their own
  uint32_t feed_forwards = 1;     // one after the other in each layer
  bool no_norm = false;           // a product and a sum for each column in the place of LayerNorm
  bool trigrams = false;          // a token's hidden state begins with its neighbours' words, too
};

struct EncoderConfig {
  std::string family;             // "bert"
  uint32_t hidden_size = 0;
  uint32_t embedding_size = 0;    // as hidden_size, or projected to it
  uint32_t num_layers = 0;
  uint32_t num_heads = 0;         // divides attention_size()
  uint32_t intermediate_size = 0;
  bool gated = false;             // feed-forward: down(act(gate(x)) * up(x)), not down(act(up(x)))
  uint32_t vocab_size = 0;
  Positions positions = Positions::kTable;
  uint32_t max_positions = 0;     // rows of the position table, where there is one
  uint32_t type_vocab_size = 0;   // 1: there is one type, whichever text of a pair
  uint32_t relative_buckets = 0;  // of kRelative, with a bias each; else 0
  RotaryConfig rotary = {};       // of kRotary
  uint32_t pair_separators = 1;   // [SEP] between the texts of a pair
  BottleneckConfig bottleneck = {};  // of MobileBERT
  float layer_norm_eps = 0;
  Activation activation = Activation::kGelu;

  bool has_position_table() const { return positions <= Positions::kRelative; }
  bool has_bottleneck() const { return bottleneck.size != 0; }
  bool has_value_apart() const { return has_bottleneck() && !bottleneck.attention_inside; }
  // Columns of queries, of keys, of values, and of what attention makes of them.
  uint32_t attention_size() const { return has_bottleneck() ? bottleneck.size : hidden_size; }
  uint32_t head_size() const { return attention_size() / num_heads; }
  // What of the embeddings is projected to the hidden size, where it is.
  bool has_projection() const { return bottleneck.trigrams || embedding_size != hidden_size; }
  uint32_t projected_size() const { return (bottleneck.trigrams ? 3 : 1) * embedding_size; }
};

// A sentence-transformers Dense module, applied to the pooled vector: y = act(W x + b).
struct DenseConfig {
  uint32_t in_features = 0;
  uint32_t out_features = 0;
  bool bias = true;
  Activation activation = Activation::kTanh;
};

// What follows the hidden states for a task: y = output(norm(act(transform(x)))), for the first token, for
// every token or for the masks. transform and norm are optional.
struct HeadConfig {
  Task task = Task::kEmbed;          // kEmbed: there is no head
  std::string architecture;          // "BertForTokenClassification"
  uint32_t num_outputs = 0;          // labels; 2 (start, end); the vocabulary
  uint32_t transform_size = 0;       // outputs of transform; 0: there is none
  Activation activation = Activation::kIdentity;  // after transform
  bool norm = false;                 // LayerNorm after it
  std::vector<std::string> labels;   // [num_outputs] of kClassify and kTag
  ProblemType problem = ProblemType::kSingleLabel;  // of kClassify
  bool raw_scores = false;           // of kClassify: the scores are the logits
};

struct ModelConfig {
  EncoderConfig encoder;
  HeadConfig head;
  Precision precision = Precision::kFp32;
  Pooling pooling = Pooling::kMean;
  std::vector<DenseConfig> dense;  // in order, between pooling and normalize
  bool normalize = false;
  std::vector<Prompt> prompts;     // names differ
  std::string default_prompt_name;  // of one of prompts, or empty
  bool include_prompt = true;       // pooling reads the prompt's tokens too
  uint32_t max_length = 0;         // tokens, special ones included
};

}  // namespace linnet::engine
