#include "engine/image_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "engine/checksum.h"
#include "engine/float_conversion.h"
#include "engine/image_format.h"

namespace linnet::engine {
namespace {

uint64_t round_up(uint64_t n, uint64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

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
    for (uint64_t col = 0; col < cols; ++col, ++i) {
      const float value = read(source, i);
      if (!std::isfinite(value)) {
        return {Code::kCorrupt, source.file + ": tensor " + source.name + ": element " +
                                    std::to_string(i) + " is not a finite number"};
      }
      to[vector ? placement.row_begin + col : position(spec, placement.row_begin + row, col)] =
          value;
    }
  }
  return {};
}

void set_name(char* to, size_t capacity, const std::string& name) {
  std::memcpy(to, name.data(), std::min(name.size(), capacity - 1));
}

}  // namespace

bool tensor_size(Layout layout, uint64_t rows, uint64_t cols, uint64_t& bytes) {
  constexpr uint64_t kMost = uint64_t{1} << 40;  // keeps every sum below from overflowing
  if (rows > kMost || cols > kMost) return false;
  switch (layout) {
    case Layout::kVector:
      bytes = round_up(cols, 16) * sizeof(float);
      return rows == 1;
    case Layout::kRows:
      return !__builtin_mul_overflow(rows, cols * sizeof(float), &bytes);
    case Layout::kPanels:
      return !__builtin_mul_overflow(round_up(rows, 16), cols * sizeof(float), &bytes);
  }
  return false;
}

Result<base::AlignedBuffer<std::byte>> write_image(const TensorPlan& plan,
                                                   const std::string& metadata,
                                                   std::span<const std::byte> tokenizer_tables) {
  // Tensors lie in the file in the order of the plan, which is the order of use, and in the table by
  // name.
  std::vector<TensorEntry> entries(plan.targets.size());
  uint64_t weights_size = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const TensorSpec& spec = plan.targets[i];
    TensorEntry& entry = entries[i];
    entry = {};
    set_name(entry.name, sizeof(entry.name), spec.name);
    entry.layout = static_cast<uint32_t>(spec.layout);
    entry.rows = spec.rows;
    entry.cols = spec.cols;
    entry.offset = weights_size;
    if (!tensor_size(spec.layout, spec.rows, spec.cols, entry.size)) {
      return Status{Code::kUnsupported, "tensor " + spec.name + " is too large"};
    }
    weights_size += round_up(entry.size, kTensorAlignment);
  }

  const uint64_t sizes[kNumSections] = {metadata.size(), entries.size() * sizeof(TensorEntry),
                                        tokenizer_tables.size(), weights_size};
  SectionEntry sections[kNumSections] = {};
  uint64_t end = sizeof(FileHeader) + sizeof(sections);
  for (uint32_t s = 0; s < kNumSections; ++s) {
    const bool weights = s + 1 == kNumSections;
    set_name(sections[s].name, sizeof(sections[s].name), kSectionNames[s]);
    sections[s].offset = round_up(end, weights ? kWeightsAlignment : kTensorAlignment);
    sections[s].size = sizes[s];
    end = sections[s].offset + sizes[s];
  }
  base::AlignedBuffer<std::byte> image(end);
  std::byte* const bytes = image.data();

  const uint64_t weights_begin = sections[kNumSections - 1].offset;
  for (const Placement& placement : plan.placements) {
    float* to = reinterpret_cast<float*>(bytes + weights_begin + entries[placement.target].offset);
    if (Status s = fill(placement, plan.targets[placement.target], to); !s.ok()) return s;
  }
  for (TensorEntry& entry : entries) {
    entry.offset += weights_begin;
    entry.checksum = checksum({bytes + entry.offset, entry.size});
  }
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::strcmp(a.name, b.name) < 0;
  });

  std::memcpy(bytes + sections[0].offset, metadata.data(), metadata.size());
  std::memcpy(bytes + sections[1].offset, entries.data(), sizes[1]);
  if (!tokenizer_tables.empty()) {
    std::memcpy(bytes + sections[2].offset, tokenizer_tables.data(), tokenizer_tables.size());
  }
  for (SectionEntry& section : sections) {
    section.checksum = checksum({bytes + section.offset, section.size});
  }
  FileHeader header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kFormatVersion;
  header.num_sections = kNumSections;
  header.file_size = end;
  std::memcpy(bytes, &header, sizeof(header));
  std::memcpy(bytes + sizeof(header), sections, sizeof(sections));
  header.checksum = checksum({bytes, sizeof(header) + sizeof(sections)});
  std::memcpy(bytes, &header, sizeof(header));
  return image;
}

}  // namespace linnet::engine
