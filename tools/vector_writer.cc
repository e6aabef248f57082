#include "tools/vector_writer.h"

#include <bit>

#include "tools/json_text.h"
#include "tools/npy.h"

static_assert(std::endian::native == std::endian::little, "f32 and npy are written as they lie");

namespace linnet::tools {
namespace {

// Written when the buffer holds this much, so that memory does not depend on the window.
constexpr size_t kBufferBytes = size_t{1} << 20;

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string csv_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "" : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void append_record_start(const Record& record, uint64_t index, std::string& out) {
  out.append("{\"index\": ");
  append_integer(static_cast<int64_t>(index), out);
  const auto append_field = [&](const std::string& name, const Json& value) {
    out.append(", ");
    append_json_string(name, out);
    out.append(": ").append(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  if (!record.id.is_null()) append_field("id", record.id);
  for (const auto& [name, value] : record.kept) append_field(name, value);
}

Result<VectorWriter> VectorWriter::create(const std::string& output, const std::string& format,
                                          const FieldSelection& fields, size_t dimension) {
  Result<OutputFile> file = OutputFile::create(output);
  if (!file.ok()) return file.status();
  const Format kind = format == "csv"   ? Format::kCsv
                      : format == "npy" ? Format::kNpy
                      : format == "f32" ? Format::kF32
                                        : Format::kJsonl;
  const bool binary = kind == Format::kNpy || kind == Format::kF32;
  if (binary && file.value().is_terminal()) {
    return Status{Code::kInvalidArgument,
                  "--format " + format + " is not written to a terminal; -o FILE takes it"};
  }
  if (kind == Format::kNpy && !file.value().appears_whole()) {
    return Status{Code::kInvalidArgument, "--format npy needs -o FILE: the number of rows stands at "
                                          "its start and is known at the end (f32 needs none)"};
  }
  if (kind == Format::kCsv && fields.keep_all) {
    return Status{Code::kInvalidArgument,
                  "--keep all does not go with csv, whose columns are the same in every row"};
  }
  VectorWriter writer(std::move(file.value()), kind, fields, dimension);
  if (kind == Format::kCsv) writer.append_csv_header();
  if (kind == Format::kNpy) writer.buffer_ = npy_header(0, dimension);
  return writer;
}

void VectorWriter::append_csv_header() {
  buffer_.append("index");
  if (fields_.id) buffer_.append(",id");
  for (const std::string& name : fields_.keep) {
    buffer_.append(",");
    append_csv_field(name, buffer_);
  }
  for (size_t i = 0; i < dimension_; ++i) buffer_.append(",embedding_" + std::to_string(i));
  buffer_.append("\n");
}

void VectorWriter::append_json(const Record& record, uint64_t index, std::span<const float> vector) {
  append_record_start(record, index, buffer_);
  buffer_.append(", \"embedding\": [");
  for (size_t i = 0; i < vector.size(); ++i) {
    if (i > 0) buffer_.append(", ");
    append_json_float(vector[i], buffer_);
  }
  buffer_.append("]}\n");
}

void VectorWriter::append_csv(const Record& record, uint64_t index, std::span<const float> vector) {
  append_integer(static_cast<int64_t>(index), buffer_);
  if (fields_.id) {
    buffer_.append(",");
    append_csv_field(csv_text(record.id), buffer_);
  }
  for (const std::string& name : fields_.keep) {
    buffer_.append(",");
    for (const auto& [kept, value] : record.kept) {
      if (kept == name) append_csv_field(csv_text(value), buffer_);
    }
  }
  for (const float value : vector) {
    buffer_.append(",");
    append_float(value, buffer_);
  }
  buffer_.append("\n");
}

Status VectorWriter::write(const Window& window, std::span<const float> vectors,
                           std::span<const size_t> rows) {
  for (size_t i = 0; i < window.records.size(); ++i) {
    const auto vector = vectors.subspan(rows[i] * dimension_, dimension_);
    switch (format_) {
      case Format::kJsonl:
        append_json(window.records[i], window.first + i, vector);
        break;
      case Format::kCsv:
        append_csv(window.records[i], window.first + i, vector);
        break;
      case Format::kNpy:
      case Format::kF32:
        buffer_.append(bytes_of(vector));
        break;
    }
    ++rows_;
    if (buffer_.size() < kBufferBytes) continue;
    if (Status status = file_.write(buffer_); !status.ok()) return status;
    buffer_.clear();
  }
  Status status = file_.write(buffer_);
  buffer_.clear();
  return status;
}

Status VectorWriter::finish() {
  if (Status status = file_.write(buffer_); !status.ok()) return status;
  buffer_.clear();
  if (format_ == Format::kNpy) {
    if (Status s = file_.overwrite_start(npy_header(rows_, dimension_)); !s.ok()) return s;
  }
  return file_.commit();
}

}  // namespace linnet::tools
