#include "engine/model_image.h"

#include <algorithm>
#include <cstring>

#include "engine/check_tensor.h"
#include "engine/checksum.h"
#include "engine/image_format.h"
#include "engine/image_writer.h"
#include "engine/metadata.h"

namespace linnet::engine {
namespace {

// Ends what is said of a file that a checksum holds for, with something in it that this program does not know.
constexpr const char* kNewer = ": the file was made by a newer Linnet";

Status corrupt(const std::string& path, const std::string& what) {
  return {Code::kCorrupt, path + ": " + what};
}

// A zero-padded name, wherever its padding ends.
template <size_t N>
std::string_view name_of(const char (&name)[N]) {
  return {name, strnlen(name, N)};
}

bool has_magic(std::span<const std::byte> bytes) {
  return bytes.size() >= sizeof(kMagic) && std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) == 0;
}

Status check_header(std::span<const std::byte> bytes, const std::string& path,
                    FileHeader& header) {
  if (bytes.size() < sizeof(header)) {
    return corrupt(path, "has " + std::to_string(bytes.size()) +
                             " bytes, too few for a .linnet file");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (!has_magic(bytes)) {
    return corrupt(path, "is no .linnet file (it does not start with LINNET)");
  }
  if (header.version != kFormatVersion) {
    return {Code::kUnsupported, path + ": is of format version " + std::to_string(header.version) +
                                    ", this program reads version " + std::to_string(kFormatVersion) +
                                    (header.version > kFormatVersion ? kNewer : "; import the model again with it")};
  }
  if (header.file_size != bytes.size()) {
    return corrupt(path, "has " + std::to_string(bytes.size()) + " bytes, expected " +
                             std::to_string(header.file_size) + ": it is truncated or damaged");
  }
  const uint64_t table_end = sizeof(FileHeader) + kNumSections * sizeof(SectionEntry);
  if (header.num_sections != kNumSections || bytes.size() < table_end) {
    return corrupt(path, "has " + std::to_string(header.num_sections) + " sections, expected " +
                             std::to_string(kNumSections));
  }
  std::vector<std::byte> head(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(table_end));
  FileHeader without_checksum = header;
  without_checksum.checksum = 0;
  std::memcpy(head.data(), &without_checksum, sizeof(without_checksum));
  if (checksum(head) != header.checksum) return corrupt(path, "the header is damaged (checksum)");
  return {};
}

// The bytes of section `index`, within the file; its checksum holds unless it is the weights'.
Result<std::span<const std::byte>> read_section(std::span<const std::byte> bytes,
                                                const std::string& path, uint32_t index,
                                                SectionInfo& info) {
  SectionEntry entry;
  std::memcpy(&entry, bytes.data() + sizeof(FileHeader) + index * sizeof(entry), sizeof(entry));
  info = {std::string(name_of(entry.name)), entry.offset, entry.size, entry.checksum};
  const std::string section = "section " + std::string(kSectionNames[index]);
  if (info.name != kSectionNames[index]) {
    return corrupt(path, section + " is missing, found '" + info.name + "'");
  }
  if (entry.offset > bytes.size() || entry.size > bytes.size() - entry.offset ||
      entry.offset % kTensorAlignment != 0) {
    return corrupt(path, section + " lies outside the file or is not aligned");
  }
  const auto content = bytes.subspan(entry.offset, entry.size);
  if (index + 1 < kNumSections && checksum(content) != entry.checksum) {
    return corrupt(path, section + " is damaged (checksum)");
  }
  return content;
}

Status read_tensors(std::span<const std::byte> table, std::span<const std::byte> bytes,
                    const SectionInfo& weights, const std::string& path,
                    std::vector<Tensor>& tensors) {
  if (table.size() % sizeof(TensorEntry) != 0) return corrupt(path, "the tensor table is damaged");
  for (size_t at = 0; at < table.size(); at += sizeof(TensorEntry)) {
    TensorEntry entry;
    std::memcpy(&entry, table.data() + at, sizeof(entry));
    // The name is read in place: it lives as long as the image.
    const auto* name = reinterpret_cast<const char*>(table.data() + at);
    const std::string_view text(name, strnlen(name, sizeof(entry.name)));
    const auto layout = static_cast<Layout>(entry.layout);
    uint64_t size = 0;
    if (entry.layout >= kNumLayouts) {
      return {Code::kUnsupported, path + ": tensor " + std::string(text) + " has layout " +
                                      std::to_string(entry.layout) + ", expected 0 to " +
                                      std::to_string(kNumLayouts - 1) + kNewer};
    }
    if (entry.rows == 0 || entry.cols == 0 ||
        !tensor_size(layout, entry.rows, entry.cols, size) || size != entry.size) {
      return corrupt(path, "tensor " + std::string(text) + " has a size that does not fit its shape");
    }
    if (layout == Layout::kPanelsS8 && entry.cols > kMostInputsS8) {
      return corrupt(path, "tensor " + std::string(text) + " has " + std::to_string(entry.cols) +
                               " inputs, expected at most " + std::to_string(kMostInputsS8) +
                               " in " + layout_name(layout));
    }
    const uint64_t weights_end = weights.offset + weights.size;
    if (entry.offset < weights.offset || entry.offset > weights_end ||
        entry.size > weights_end - entry.offset || entry.offset % kTensorAlignment != 0) {
      return corrupt(path, "tensor " + std::string(text) + " lies outside the weights");
    }
    tensors.push_back({.name = text,
                       .layout = layout,
                       .rows = entry.rows,
                       .cols = entry.cols,
                       .bytes = bytes.subspan(entry.offset, entry.size),
                       .checksum = entry.checksum});
  }
  const auto by_name = [](const Tensor& a, const Tensor& b) { return a.name < b.name; };
  if (!std::is_sorted(tensors.begin(), tensors.end(), by_name)) {
    return corrupt(path, "the tensor table is not in order");
  }
  return {};
}

}  // namespace

const char* layout_name(Layout layout) {
  constexpr const char* kNames[kNumLayouts] = {"f32 vector", "f32 rows", "f32 panels",
                                               "s32 vector", "s8 rows",  "s8 panels"};
  return kNames[static_cast<size_t>(layout)];
}

bool ModelImage::begins_at(const std::string& path) {
  const auto file = base::MappedFile::open(path);
  return file.ok() && has_magic(file.value().bytes());
}

Result<ModelImage> ModelImage::map(const std::string& path) {
  auto file = base::MappedFile::open(path);
  if (!file.ok()) return file.status();
  ModelImage image;
  image.path_ = path;
  image.file_ = std::move(file.value());
  image.bytes_ = image.file_.bytes();
  if (Status status = image.read(); !status.ok()) return status;
  return image;
}

Result<ModelImage> ModelImage::adopt(base::AlignedBuffer<std::byte> bytes,
                                     const std::string& path) {
  ModelImage image;
  image.path_ = path;
  image.memory_ = std::move(bytes);
  image.bytes_ = {image.memory_.data(), image.memory_.size()};
  if (Status status = image.read(); !status.ok()) return status;
  return image;
}

Status ModelImage::read() {
  FileHeader header;
  if (Status status = check_header(bytes_, path_, header); !status.ok()) return status;
  format_version_ = header.version;

  std::span<const std::byte> contents[kNumSections];
  sections_.resize(kNumSections);
  for (uint32_t s = 0; s < kNumSections; ++s) {
    const auto content = read_section(bytes_, path_, s, sections_[s]);
    if (!content.ok()) return content.status();
    contents[s] = content.value();
  }
  auto metadata = read_metadata(
      {reinterpret_cast<const char*>(contents[0].data()), contents[0].size()}, path_ + ": metadata");
  if (!metadata.ok()) {
    Status status = metadata.status();
    if (status.code == Code::kUnsupported) status.message += kNewer;
    return status;
  }
  config_ = std::move(metadata.value().config);
  provenance_ = std::move(metadata.value().provenance);
  tokenizer_tables_ = contents[2];
  return read_tensors(contents[1], bytes_, sections_[3], path_, tensors_);
}

Status ModelImage::verify_tensors() const {
  // The section's checksum covers every tensor: theirs are asked only which one it is that is damaged.
  const SectionInfo& weights = sections_[kNumSections - 1];
  if (checksum(bytes_.subspan(weights.offset, weights.size)) != weights.checksum) {
    for (const Tensor& tensor : tensors_) {
      if (checksum(tensor.bytes) == tensor.checksum) continue;
      return corrupt(path_, "tensor " + std::string(tensor.name) + " is damaged (checksum)");
    }
    return corrupt(path_, "section weights is damaged (checksum)");
  }
  for (const Tensor& tensor : tensors_) {
    if (const std::string fault = fault_in(tensor); !fault.empty()) {
      return corrupt(path_, "tensor " + std::string(tensor.name) + ": " + fault);
    }
    if (tensor.layout != Layout::kPanelsS8) continue;
    const std::string name = std::string(tensor.name.substr(0, tensor.name.rfind('.'))) + ".column_sum";
    const Tensor* const sums = find(name);
    if (sums == nullptr) continue;  // bind_weights misses it
    if (const std::string fault = fault_in_sums(*sums, tensor); !fault.empty()) {
      return corrupt(path_, "tensor " + name + ": " + fault);
    }
  }
  return {};
}

const Tensor* ModelImage::find(std::string_view name) const {
  const auto at = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                   [](const Tensor& t, std::string_view n) { return t.name < n; });
  return at != tensors_.end() && at->name == name ? &*at : nullptr;
}

}  // namespace linnet::engine
