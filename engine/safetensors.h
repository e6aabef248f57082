// engine/safetensors.h - reads a .safetensors file: u64 size of a JSON header, the header, the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "linnet/status.h"

namespace linnet::engine {

// A tensor of the file, row-major; bytes.size() is exactly what dtype and shape call for.
struct RawTensor {
  std::string name;
  std::string dtype;  // "F32", "F16", "BF16", "I64"...
  std::vector<uint64_t> shape;
  std::span<const std::byte> bytes;  // of any alignment
  std::string file;                 // path, for messages
};

struct SafetensorsFile {
  std::string path;
  base::MappedFile mapped;
  std::vector<RawTensor> tensors;  // by name; views into `mapped`
};

// Checks the header, every dtype and shape, that tensors lie within the file and do not overlap.
// Fails with kCorrupt, kUnsupported (an unknown dtype) or what MappedFile says.
Result<SafetensorsFile> read_safetensors(const std::string& path);

std::string shape_text(std::span<const uint64_t> shape);  // "[384, 384]"

}  // namespace linnet::engine
