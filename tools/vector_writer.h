// tools/vector_writer.h - vectors and the records they belong to, in the format asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "linnet/status.h"
#include "tools/output_file.h"
#include "tools/window.h"

namespace linnet::tools {

class VectorWriter {
 public:
  // format: jsonl, csv, npy, f32. Binary output to a terminal, and npy where its header cannot be
  // completed at the end, are kInvalidArgument.
  static Result<VectorWriter> create(const std::string& output, const std::string& format,
                                     const FieldSelection& fields, size_t dimension);

  // Row rows[i] of vectors [n, dimension] belongs to record i of the window.
  Status write(const Window& window, std::span<const float> vectors, std::span<const size_t> rows);

  Status finish();
  bool reader_gone() const { return file_.reader_gone(); }

 private:
  enum class Format { kJsonl, kCsv, kNpy, kF32 };
  VectorWriter(OutputFile file, Format format, const FieldSelection& fields, size_t dimension)
      : file_(std::move(file)), format_(format), fields_(fields), dimension_(dimension) {}

  void append_csv_header();
  void append_json(const Record& record, uint64_t index, std::span<const float> vector);
  void append_csv(const Record& record, uint64_t index, std::span<const float> vector);

  OutputFile file_;
  Format format_;
  FieldSelection fields_;
  size_t dimension_;
  uint64_t rows_ = 0;
  std::string buffer_;
};

// {"index": 0, "id": ..., kept fields: the start of every record, without the closing brace.
void append_record_start(const Record& record, uint64_t index, std::string& out);

}  // namespace linnet::tools
