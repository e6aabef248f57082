// engine/bert_tensors.h - which tensor of a BERT checkpoint goes where in the model image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/config.h"
#include "engine/hf_weights.h"
#include "engine/model_image.h"
#include "linnet/status.h"

namespace linnet::engine {

// A tensor that the image will have.
struct TensorSpec {
  std::string name;
  Layout layout;
  uint64_t rows, cols;  // of a vector: 1, n
};

// A source tensor fills rows [row_begin, row_begin + its own rows) of an image tensor; a vector fills
// columns from row_begin on.
struct Placement {
  const RawTensor* source;
  size_t target;  // index of a TensorSpec
  uint64_t row_begin;
};

struct TensorPlan {
  std::vector<TensorSpec> targets;
  std::vector<Placement> placements;
  std::vector<SourceTensor> sources;  // every tensor of the checkpoint, used or not
};

// Places every tensor of the encoder. A missing or mis-shaped one, and one that is neither needed nor
// known to be unneeded, is an error that names it.
Result<TensorPlan> plan_bert_tensors(const EncoderConfig& config, const HfWeights& weights,
                                     const std::string& folder);

// Adds a Dense module's linear.weight and linear.bias as dense.{index}.
Status plan_dense_tensors(const DenseConfig& dense, size_t index, const SafetensorsFile& file,
                          TensorPlan& plan);

}  // namespace linnet::engine
