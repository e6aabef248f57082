// engine/hf_weights.h - the weights of a Hugging Face folder: one safetensors file, or shards.
#pragma once

#include <string>
#include <vector>

#include "engine/safetensors.h"
#include "linnet/status.h"

namespace linnet::engine {

struct HfWeights {
  std::vector<SafetensorsFile> files;  // shards in the order of their names

  std::vector<const RawTensor*> tensors() const;  // of all files, by name
};

// Reads model.safetensors, or the shards that model.safetensors.index.json lists. Where there are only
// weights in another format, the error names them and says how to convert.
Result<HfWeights> read_hf_weights(const std::string& folder);

// Reads only <folder>/model.safetensors: of a sentence-transformers module.
Result<SafetensorsFile> read_module_weights(const std::string& folder);

}  // namespace linnet::engine
