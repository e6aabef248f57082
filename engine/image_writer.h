// engine/image_writer.h - lays out a .linnet file in memory, for others to fill with tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/image_format.h"
#include "engine/model_image.h"
#include "linnet/status.h"

namespace linnet::engine {

// A tensor that the image will have.
struct TensorSpec {
  std::string name;
  Layout layout;
  uint64_t rows, cols;  // of a vector: 1, n
};

// A .linnet file in the making: the same bytes for the same tensors, metadata and tables. Tensors lie in
// the file in the order given, which is the order of use, and in its table by name.
class ImageWriter {
 public:
  // Fails with kUnsupported for a tensor whose size does not fit.
  static Result<ImageWriter> create(const std::vector<TensorSpec>& tensors, const std::string& metadata,
                                    std::span<const std::byte> tokenizer_tables);

  std::span<std::byte> tensor(size_t index);  // zeros, to be filled
  base::AlignedBuffer<std::byte> finish();    // adds what follows from the contents; use it once

 private:
  std::vector<TensorEntry> entries_;
  SectionEntry sections_[kNumSections] = {};
  base::AlignedBuffer<std::byte> image_;
};

// Bytes that a tensor takes; false when that does not fit 64 bits.
bool tensor_size(Layout layout, uint64_t rows, uint64_t cols, uint64_t& bytes);

}  // namespace linnet::engine
