// engine/encoder_weights.h - where each matrix of a BERT encoder lies in the model image.
//
// Names in the image ({l} is the layer, from 0) and shapes; h hidden, f intermediate.
//
//   embeddings.word        kRows   [vocab, h]        embeddings.norm.weight / .bias     kVector [h]
//   embeddings.position    kRows   [positions, h]      where the family has a table
//   embeddings.token_type  kRows   [types, h]
//   embeddings.project.weight           kPanels [h, e]      where e, the embedding size, is not h: then
//                                                           e stands for h above        .bias kVector [h]
//   attention.relative_bias             kRows   [buckets, heads]      where the family has one
//   layers.{l}.qkv.weight               kPanels [3h, h]  (query, key, value)   .bias kVector [3h]
//   layers.{l}.attention_output.weight  kPanels [h, h]                         .bias kVector [h]
//   layers.{l}.attention_norm.weight / .bias             kVector [h]
//   layers.{l}.ffn_up.weight            kPanels [f, h]                         .bias kVector [f]
//                               gated: kPanels [2f, h]  (gate, up)             .bias kVector [2f]
//   layers.{l}.ffn_down.weight          kPanels [h, f]                         .bias kVector [h]
//   layers.{l}.output_norm.weight / .bias                kVector [h]
//   head.transform.weight               kPanels [t, h]                         .bias kVector [t]
//   head.norm.weight / .bias            kVector [t]
//   head.output.weight                  kPanels [outputs, t or h]              .bias kVector [outputs]
//      of tied masked words it is embeddings.word too, which then is not there
//   dense.{i}.weight                    kPanels [out, in]                      .bias kVector [out]
//
// MobileBERT has more. b is the bottleneck's size, which stands for h in the layer above; embeddings.position,
// .token_type and .norm have h columns, and embeddings.project is [h, e], of trigrams [h, 3e]:
//   layers.{l}.qkv.weight     kPanels [2b, b]  (query, key)   attention_inside: [3b, b], as above
//   layers.{l}.bottleneck_in.weight     kPanels [3b, h]  (inner, what queries and keys read, value)
//                     attention_inside: kPanels [b, h]   (inner)          .bias kVector [3b] or [b]
//   layers.{l}.bottleneck_in_norm, .bottleneck_attention_norm .weight / .bias    kVector [b]
//   layers.{l}.ffn.{i}.up.weight [f, b], .down.weight [b, f], their .bias, .norm.weight / .bias [b]
//                     the feed-forwards before the last, from 0
//   layers.{l}.bottleneck_out.weight    kPanels [h, b]                         .bias kVector [h]
//   layers.{l}.bottleneck_out_norm.weight / .bias        kVector [h]
//
// An int8 image holds its matrices and two of its tables otherwise:
//   layers.{l}.*.weight   kPanelsS8 [n, k]    .scale kVector [n]   .column_sum kVectorS32 [n]
//                                             .balance kVector [k]: 1 / t of quantize_weights.h
//   embeddings.word, .position   kRowsS8 [.., e]   .scale kVector [rows]
#pragma once

#include <string>
#include <vector>

#include "engine/config.h"
#include "engine/linear.h"
#include "engine/model_image.h"
#include "linnet/status.h"

namespace linnet::engine {

struct LayerNorm {
  const float* gamma = nullptr;  // [h]
  const float* beta = nullptr;   // [h]
};

struct FeedForward {
  Linear up;    // b -> f
  Linear down;  // f -> b
  LayerNorm norm;
};

// MobileBERT's, around and between what every layer has; else null.
struct BottleneckWeights {
  Linear in;                  // h -> 3b: inner, what queries and keys read, value; attention_inside: h -> b
  LayerNorm in_norm;          // of inner
  LayerNorm attention_norm;   // of what queries and keys read; attention_inside: null
  std::vector<FeedForward> feed_forwards;  // before the last, which is LayerWeights'
  Linear out;                 // b -> h
  LayerNorm out_norm;
};

// h is the attention size.
struct LayerWeights {
  Linear qkv;               // h -> 3h; MobileBERT, where values are made apart: h -> 2h
  Linear attention_output;  // h -> h
  LayerNorm attention_norm;
  Linear ffn_up;            // h -> f; gated: h -> 2f
  Linear ffn_down;          // f -> h
  LayerNorm output_norm;
  BottleneckWeights bottleneck = {};
};

// f(name behind "layers.{l}.", matrix) for each matrix of a LayerWeights, which may be const.
template <typename Layer, typename F>
void for_each_matrix(Layer& layer, F f) {
  f("qkv", layer.qkv);
  f("attention_output", layer.attention_output);
  f("ffn_up", layer.ffn_up);
  f("ffn_down", layer.ffn_down);
  if (layer.bottleneck.in.out == 0) return;
  f("bottleneck_in", layer.bottleneck.in);
  f("bottleneck_out", layer.bottleneck.out);
  for (size_t i = 0; i < layer.bottleneck.feed_forwards.size(); ++i) {
    const std::string ffn = "ffn." + std::to_string(i);
    f(ffn + ".up", layer.bottleneck.feed_forwards[i].up);
    f(ffn + ".down", layer.bottleneck.feed_forwards[i].down);
  }
}

// See HeadConfig; the parts that a head lacks are null.
struct HeadWeights {
  Linear transform;         // h -> t
  LayerNorm norm;
  Linear output;            // t, or h without a transform -> outputs
};

// Rows of an embedding table, in one of three forms.
struct Table {
  const float* f32 = nullptr;     // [rows, n]
  const float* panels = nullptr;  // [rows / 16][n][16]: the matrix of the masked words, which is the same one
  const int8_t* s8 = nullptr;     // [rows, n], with
  const float* scale = nullptr;   // [rows]
};

struct EncoderWeights {
  Table word;                         // [vocab, h]
  Table position;                     // [positions, h]; or no_position alone
  std::vector<float> no_position;     // [h] zeros, of a family without the table
  const float* token_type = nullptr;  // [types, h]
  LayerNorm norm;
  Linear project;                     // e, of trigrams 3e -> h; null: e is h
  std::vector<float> position_bias;   // [heads][2 * positions - 1]: see position_bias.h; or empty
  std::vector<LayerWeights> layers;
  HeadWeights head;
  std::vector<Linear> dense;          // after pooling
};

// Views into `image`, which must outlive them. Fails with kCorrupt when a tensor that the
// configuration calls for is missing or has another shape, naming it.
Result<EncoderWeights> bind_weights(const ModelImage& image);

}  // namespace linnet::engine
