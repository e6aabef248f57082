#include "engine/image_writer.h"

#include <algorithm>
#include <cstring>

#include "engine/checksum.h"

namespace linnet::engine {
namespace {

uint64_t round_up(uint64_t n, uint64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

void set_name(char* to, size_t capacity, const std::string& name) {
  std::memcpy(to, name.data(), std::min(name.size(), capacity - 1));
}

}  // namespace

bool tensor_size(Layout layout, uint64_t rows, uint64_t cols, uint64_t& bytes) {
  constexpr uint64_t kMost = uint64_t{1} << 40;  // keeps every sum below from overflowing
  if (rows > kMost || cols > kMost) return false;
  switch (layout) {
    case Layout::kVector:
    case Layout::kVectorS32:
      bytes = round_up(cols, 16) * sizeof(float);
      return rows == 1;
    case Layout::kRows:
      return !__builtin_mul_overflow(rows, cols * sizeof(float), &bytes);
    case Layout::kPanels:
      return !__builtin_mul_overflow(round_up(rows, 16), cols * sizeof(float), &bytes);
    case Layout::kRowsS8:
      return !__builtin_mul_overflow(rows, cols, &bytes);
    case Layout::kPanelsS8:
      return !__builtin_mul_overflow(round_up(rows, 16), round_up(cols, 4), &bytes);
  }
  return false;
}

Result<ImageWriter> ImageWriter::create(const std::vector<TensorSpec>& tensors,
                                        const std::string& metadata,
                                        std::span<const std::byte> tokenizer_tables) {
  ImageWriter writer;
  writer.entries_.resize(tensors.size());
  uint64_t weights_size = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorSpec& spec = tensors[i];
    TensorEntry& entry = writer.entries_[i];
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

  const uint64_t sizes[kNumSections] = {metadata.size(), tensors.size() * sizeof(TensorEntry),
                                        tokenizer_tables.size(), weights_size};
  uint64_t end = sizeof(FileHeader) + sizeof(sections_);
  for (uint32_t s = 0; s < kNumSections; ++s) {
    const bool weights = s + 1 == kNumSections;
    SectionEntry& section = writer.sections_[s];
    set_name(section.name, sizeof(section.name), kSectionNames[s]);
    section.offset = round_up(end, weights ? kWeightsAlignment : kTensorAlignment);
    section.size = sizes[s];
    end = section.offset + sizes[s];
  }
  for (TensorEntry& entry : writer.entries_) entry.offset += writer.sections_[kNumSections - 1].offset;
  writer.image_ = base::AlignedBuffer<std::byte>(end);
  std::byte* const bytes = writer.image_.data();
  std::memcpy(bytes + writer.sections_[0].offset, metadata.data(), metadata.size());
  if (!tokenizer_tables.empty()) {
    std::memcpy(bytes + writer.sections_[2].offset, tokenizer_tables.data(), tokenizer_tables.size());
  }
  return writer;
}

std::span<std::byte> ImageWriter::tensor(size_t index) {
  return {image_.data() + entries_[index].offset, entries_[index].size};
}

base::AlignedBuffer<std::byte> ImageWriter::finish() {
  std::byte* const bytes = image_.data();
  for (TensorEntry& entry : entries_) entry.checksum = checksum({bytes + entry.offset, entry.size});
  std::sort(entries_.begin(), entries_.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::strcmp(a.name, b.name) < 0;
  });
  std::memcpy(bytes + sections_[1].offset, entries_.data(), sections_[1].size);
  for (SectionEntry& section : sections_) {
    section.checksum = checksum({bytes + section.offset, section.size});
  }
  FileHeader header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kFormatVersion;
  header.num_sections = kNumSections;
  header.file_size = image_.size();
  std::memcpy(bytes, &header, sizeof(header));
  std::memcpy(bytes + sizeof(header), sections_, sizeof(sections_));
  header.checksum = checksum({bytes, sizeof(header) + sizeof(sections_)});
  std::memcpy(bytes, &header, sizeof(header));
  return std::move(image_);
}

}  // namespace linnet::engine
