// engine/image_format.h - the .linnet file, byte by byte. Little-endian throughout.
//
//   FileHeader
//   SectionEntry [num_sections]        in this order:
//     "metadata"   JSON: engine/metadata.h
//     "tensors"    TensorEntry [...], by name
//     "tokenizer"  tables of tokenizer/wordpiece.h
//     "weights"    the tensors, each at a multiple of 64 bytes, zeros between them
//
// A newer program whose files this one would misread lets it know by something that it does not know: a field of the
// metadata or a value in one (those of "source" apart), a layout, or a higher version. Such a file is refused as one of
// a newer Linnet. Fields are written only where a model has what they stand for, so that it happens only then.
//
// Sections start at multiples of 64 bytes, the weights at a multiple of 4096, zeros between them.
#pragma once

#include <cstdint>

namespace linnet::engine {

constexpr char kMagic[8] = {'L', 'I', 'N', 'N', 'E', 'T', '\r', '\n'};
constexpr uint32_t kFormatVersion = 2;  // 2: int8
constexpr uint64_t kTensorAlignment = 64, kWeightsAlignment = 4096;

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t num_sections;
  uint64_t file_size;
  uint64_t checksum;  // XXH3 of the header with this field 0, then the section table
};
static_assert(sizeof(FileHeader) == 32);

struct SectionEntry {
  char name[16];      // zero-padded
  uint64_t offset, size;
  uint64_t checksum;  // XXH3 of the section
};
static_assert(sizeof(SectionEntry) == 40);

struct TensorEntry {
  char name[64];      // zero-padded
  uint32_t layout;    // enum Layout
  uint32_t reserved;  // 0
  uint64_t rows, cols;
  uint64_t offset;    // from the start of the file
  uint64_t size;      // what layout, rows and cols call for
  uint64_t checksum;  // XXH3 of the tensor
};
static_assert(sizeof(TensorEntry) == 112);

constexpr const char* kSectionNames[] = {"metadata", "tensors", "tokenizer", "weights"};
constexpr uint32_t kNumSections = 4;

}  // namespace linnet::engine
