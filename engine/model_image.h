// engine/model_image.h - the bytes of a .linnet file, checked, with names for its parts.
//
// An image is either a mapped file or memory that the importer filled: the same bytes, the same
// code. Nothing is copied or parsed per tensor: views point into the image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/mapped_file.h"
#include "engine/config.h"
#include "linnet/status.h"

namespace linnet::engine {

enum class Layout : uint32_t {
  kVector,  // f32 [cols padded to 16 with zeros]; rows = 1
  kRows,    // f32 [rows][cols], no gaps
  kPanels,  // f32 [rows / 16][cols][16], rows (= output columns) padded to 16 with zeros
  kVectorS32,  // s32, as kVector
  kRowsS8,     // s8 [rows][cols], no gaps; a float for each row in the tensor NAME.scale
  kPanelsS8,   // s8 [rows / 16][cols / 4][16][4], padded to 16 and to 4 with zeros, pair-bounded
};
constexpr uint32_t kNumLayouts = 6;
const char* layout_name(Layout layout);  // "f32 panels"

constexpr uint64_t kMostInputsS8 = 65536;  // more could exceed the kernels' sums of 32 bits

// A tensor of the image. For panels rows is N (outputs) and cols is K (inputs), unpadded.
struct Tensor {
  std::string_view name;  // Linnet's own: see engine/encoder_weights.h
  Layout layout;
  uint64_t rows, cols;
  std::span<const std::byte> bytes;  // 64-byte aligned
  uint64_t checksum;                 // XXH3 of bytes

  const float* f32() const { return reinterpret_cast<const float*>(bytes.data()); }
  const int32_t* s32() const { return reinterpret_cast<const int32_t*>(bytes.data()); }
  const int8_t* s8() const { return reinterpret_cast<const int8_t*>(bytes.data()); }
};

// Where the model came from; shown by `inspect`, never used to compute.
struct SourceTensor {
  std::string name;  // in the source file
  std::string dtype; // "F32", "F16", "BF16", "I64"...
  std::vector<uint64_t> shape;
  bool used;
};
struct Provenance {
  std::string source_files;   // "model.safetensors", or the shards' names joined by ", "
  std::string sha256;         // of the source weights (shards in order), lower-case hex
  std::string calibration;    // of int8: CalibrationText::source; else empty
  std::vector<SourceTensor> tensors;
  std::vector<std::string> notes;  // the importer's notes and warnings, one sentence each
};

struct SectionInfo {
  std::string name;
  uint64_t offset, size, checksum;
};

class ModelImage {
 public:
  // Checks magic, version, section table, bounds, and the checksums of header, metadata, tensor
  // table and tokenizer tables; not those of the tensors. `path` names the image in messages.
  // Fails with kCorrupt, kUnsupported (newer version) or what MappedFile says.
  static Result<ModelImage> map(const std::string& path);
  static Result<ModelImage> adopt(base::AlignedBuffer<std::byte> bytes, const std::string& path);

  // Whether there is a file at `path` that begins as a .linnet file does.
  static bool begins_at(const std::string& path);

  // One full pass over the tensors: checksums, finiteness, the pair bound and the sums of int8. Names the tensor at
  // fault.
  Status verify_tensors() const;

  const Tensor* find(std::string_view name) const;  // null when there is none

  const std::string& path() const { return path_; }
  const ModelConfig& config() const { return config_; }
  const Provenance& provenance() const { return provenance_; }
  std::span<const Tensor> tensors() const { return tensors_; }
  std::span<const std::byte> tokenizer_tables() const { return tokenizer_tables_; }
  std::span<const SectionInfo> sections() const { return sections_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  uint32_t format_version() const { return format_version_; }

 private:
  Status read();  // everything below, from bytes_

  std::string path_;
  base::MappedFile file_;
  base::AlignedBuffer<std::byte> memory_;
  std::span<const std::byte> bytes_;
  ModelConfig config_;
  Provenance provenance_;
  std::vector<Tensor> tensors_;
  std::span<const std::byte> tokenizer_tables_;
  std::vector<SectionInfo> sections_;
  uint32_t format_version_ = 0;
};

}  // namespace linnet::engine
