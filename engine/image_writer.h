// engine/image_writer.h - lays out a .linnet file in memory and fills it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/tensor_plan.h"
#include "linnet/status.h"

namespace linnet::engine {

// A complete .linnet file: the same bytes for the same plan, metadata and tables. Converts fp32, fp16
// and bf16 sources to fp32, exactly. Fails with kUnsupported for another dtype and with kCorrupt for a
// value that is not finite, naming the tensor and the element.
Result<base::AlignedBuffer<std::byte>> write_image(const TensorPlan& plan,
                                                   const std::string& metadata,
                                                   std::span<const std::byte> tokenizer_tables);

// Bytes that a tensor takes; false when that does not fit 64 bits.
bool tensor_size(Layout layout, uint64_t rows, uint64_t cols, uint64_t& bytes);

}  // namespace linnet::engine
