#include "engine/place_tensors.h"

#include <cmath>
#include <cstring>

#include "engine/float_conversion.h"

namespace linnet::engine {
namespace {

// Element i of a source tensor as fp32. The bytes may have any alignment.
template <typename Bits>
Bits element(const RawTensor& tensor, size_t i) {
  Bits bits;
  std::memcpy(&bits, tensor.bytes.data() + i * sizeof(Bits), sizeof(Bits));
  return bits;
}
float f32_element(const RawTensor& tensor, size_t i) { return element<float>(tensor, i); }
float f16_element(const RawTensor& tensor, size_t i) {
  return from_fp16(element<uint16_t>(tensor, i));
}
float bf16_element(const RawTensor& tensor, size_t i) {
  return from_bf16(element<uint16_t>(tensor, i));
}
using ElementReader = float (*)(const RawTensor&, size_t);

ElementReader reader_for(const std::string& dtype) {
  if (dtype == "F32") return f32_element;
  if (dtype == "F16") return f16_element;
  if (dtype == "BF16") return bf16_element;
  return nullptr;
}

// Where element (row, col) of an image tensor lies, in floats.
size_t position(const TensorSpec& spec, uint64_t row, uint64_t col) {
  if (spec.layout != Layout::kPanels) return row * spec.cols + col;
  return (row / 16 * spec.cols + col) * 16 + row % 16;
}

Status fill(const Placement& placement, const TensorSpec& spec, float* to) {
  const RawTensor& source = *placement.source;
  const ElementReader read = reader_for(source.dtype);
  if (read == nullptr) {
    return {Code::kUnsupported, source.file + ": tensor " + source.name + " has dtype " +
                                    source.dtype + ", expected F32, F16 or BF16"};
  }
  const bool vector = spec.layout == Layout::kVector;
  const uint64_t rows = vector ? 1 : source.shape[0] - placement.skip_rows;
  const uint64_t cols = vector ? source.shape[0] : source.shape[1];
  for (uint64_t row = 0, i = placement.skip_rows * cols; row < rows; ++row) {
    const uint64_t place = placement.swap_halves ? (row + rows / 2) % rows : row;
    for (uint64_t col = 0; col < cols; ++col, ++i) {
      const float value = read(source, i);
      if (!std::isfinite(value)) {
        return {Code::kCorrupt, source.file + ": tensor " + source.name + ": element " +
                                    std::to_string(i) + " is not a finite number"};
      }
      const uint64_t to_row = placement.transposed ? col : place, to_col = placement.transposed ? place : col;
      to[vector ? placement.row_begin + col
                : position(spec, placement.row_begin + to_row, placement.col_begin + to_col)] = value;
    }
  }
  return {};
}

}  // namespace

Status place_tensors(const TensorPlan& plan, ImageWriter& writer) {
  for (const Placement& placement : plan.placements) {
    auto* to = reinterpret_cast<float*>(writer.tensor(placement.target).data());
    if (Status s = fill(placement, plan.targets[placement.target], to); !s.ok()) return s;
  }
  return {};
}

}  // namespace linnet::engine
