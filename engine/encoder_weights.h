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
//   dense.{i}.weight                    kPanels [out, in]                      .bias kVector [out]
//
// An int8 image holds its matrices and two of its tables otherwise:
//   layers.{l}.*.weight   kPanelsS8 [n, k]    .scale kVector [n]   .column_sum kVectorS32 [n]
//                                             .balance kVector [k]: 1 / t of quantize_weights.h
//   embeddings.word, .position   kRowsS8 [.., e]   .scale kVector [rows]
#pragma once

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

struct LayerWeights {
  Linear qkv;               // h -> 3h
  Linear attention_output;  // h -> h
  LayerNorm attention_norm;
  Linear ffn_up;            // h -> f; gated: h -> 2f
  Linear ffn_down;          // f -> h
  LayerNorm output_norm;
};

// See HeadConfig; the parts that a head lacks are null.
struct HeadWeights {
  Linear transform;         // h -> t
  LayerNorm norm;
  Linear output;            // t, or h without a transform -> outputs
};

// Rows of an embedding table: fp32, or bytes with a scale for each row.
struct Table {
  const float* f32 = nullptr;    // [rows, n]; null: int8
  const int8_t* s8 = nullptr;    // [rows, n]
  const float* scale = nullptr;  // [rows]
};

struct EncoderWeights {
  Table word;                         // [vocab, h]
  Table position;                     // [positions, h]; or no_position alone
  std::vector<float> no_position;     // [h] zeros, of a family without the table
  const float* token_type = nullptr;  // [types, h]
  LayerNorm norm;
  Linear project;                     // e -> h; null: e is h
  std::vector<float> position_bias;   // [heads][2 * positions - 1]: see position_bias.h; or empty
  std::vector<LayerWeights> layers;
  HeadWeights head;
  std::vector<Linear> dense;          // after pooling
};

// Views into `image`, which must outlive them. Fails with kCorrupt when a tensor that the
// configuration calls for is missing or has another shape, naming it.
Result<EncoderWeights> bind_weights(const ModelImage& image);

}  // namespace linnet::engine
