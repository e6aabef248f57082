#include "tools/record_text.h"

#include "tools/json_text.h"

namespace linnet::tools {
namespace {

std::string csv_text(const FieldValue& value) {
  return value.is_string || value.text != "null" ? value.text : "";
}

}  // namespace

void append_json_start(const Record& record, uint64_t index, std::string& out) {
  out.append("{\"index\": ");
  append_integer(static_cast<int64_t>(index), out);
  const auto append_field = [&](const std::string& name, const FieldValue& value) {
    out.append(", ");
    append_json_string(name, out);
    out.append(": ");
    if (value.is_string) {
      append_json_string(value.text, out);
    } else {
      out.append(value.text);
    }
  };
  if (record.id) append_field("id", *record.id);
  for (const auto& [name, value] : record.kept) append_field(name, value);
}

void append_json_error(const Status& problem, std::string& out) {
  out.append(", \"error\": {\"code\": ");
  append_json_string(problem_code(problem), out);
  out.append(", \"message\": ");
  append_json_string(problem.message, out);
  out.append("}");
}

void append_error_line(const RecordReader& reader, const Record& record, uint64_t index,
                       const Status& problem, std::string& out) {
  out.append("{\"index\": ");
  append_integer(static_cast<int64_t>(index), out);
  out.append(", \"file\": ");
  append_json_string(reader.source_name(record), out);
  out.append(", \"line\": ");
  append_integer(static_cast<int64_t>(record.line), out);
  append_json_error(problem, out);
  out.append("}\n");
}

void append_csv_start(const Record& record, uint64_t index, const FieldSelection& fields,
                      std::string& out) {
  append_integer(static_cast<int64_t>(index), out);
  if (fields.id) {
    out.append(",");
    if (record.id) append_csv_field(csv_text(*record.id), out);
  }
  for (const std::string& name : fields.keep) {
    out.append(",");
    for (const auto& [kept, value] : record.kept) {
      if (kept == name) append_csv_field(csv_text(value), out);
    }
  }
}

void append_csv_header(const FieldSelection& fields, const std::vector<std::string>& columns,
                       std::string& out) {
  out.append("index");
  if (fields.id) out.append(",id");
  for (const std::string& name : fields.keep) {
    out.append(",");
    append_csv_field(name, out);
  }
  for (const std::string& name : columns) {
    out.append(",");
    append_csv_field(name, out);
  }
  out.append("\n");
}

}  // namespace linnet::tools
