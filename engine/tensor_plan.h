// engine/tensor_plan.h - which tensor of a checkpoint goes where in the model image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/config.h"
#include "engine/family.h"
#include "engine/hf_weights.h"
#include "engine/image_writer.h"
#include "linnet/status.h"

namespace linnet::engine {

// A source tensor fills rows [row_begin, row_begin + its own rows) of an image tensor, in columns from col_begin
// on; transposed, its columns are those rows. A vector fills columns from row_begin on. Its first skip_rows rows
// are left out; of the others the second half comes first where the halves are swapped.
struct Placement {
  const RawTensor* source;
  size_t target;  // index of a TensorSpec
  uint64_t row_begin;
  uint64_t skip_rows = 0;
  uint64_t col_begin = 0;
  bool transposed = false;
  bool swap_halves = false;  // of the source's rows
};

struct TensorPlan {
  std::vector<TensorSpec> targets;
  std::vector<Placement> placements;
  std::vector<SourceTensor> sources;  // every tensor of the checkpoint, used or not
};

// Places every tensor of the encoder, and of the head where config.json names one that the family has:
// config.head says which, and is cleared, with a note, where the checkpoint has none of its tensors.
// A missing or mis-shaped tensor, and one that is neither needed nor known to be unneeded, is an error
// that names it. `tied`: the masked-word head's last matrix is that of the word embeddings; the image holds
// it once, as head.output.weight.
Result<TensorPlan> plan_tensors(const Family& family, ModelConfig& config, bool tied,
                                const HfWeights& weights, const std::string& folder,
                                std::vector<std::string>& notes);

// Adds a Dense module's linear.weight and linear.bias as dense.{index}.
Status plan_dense_tensors(const DenseConfig& dense, size_t index, const SafetensorsFile& file,
                          TensorPlan& plan);

}  // namespace linnet::engine
