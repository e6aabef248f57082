// engine/importer.h - a Hugging Face folder -> the bytes of a .linnet file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "linnet/status.h"

namespace linnet::engine {

struct ImportedModel {
  base::AlignedBuffer<std::byte> image;  // a complete .linnet file; the same on every machine
  std::vector<std::string> notes;        // what the user should know, one sentence each
};

// Reads config.json, the weights (model.safetensors, or shards with their index), the tokenizer and
// the sentence-transformers modules of `folder`. Nothing in the folder is ignored silently: what
// cannot be reproduced is an error that names the file and the field.
Result<ImportedModel> import_folder(const std::string& folder);

}  // namespace linnet::engine
