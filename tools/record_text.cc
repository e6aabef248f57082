#include "tools/record_text.h"

#include "tools/json_text.h"
#include "tools/kept_names.h"
#include "tools/message.h"

namespace linnet::tools {
namespace {

std::string csv_text(const FieldValue& value) {
  return value.is_string || value.text != "null" ? value.text : "";
}

void append_json_field(const std::string& name, const FieldValue& value, std::string& out) {
  out.append(", ");
  append_json_string(name, out);
  out.append(": ");
  if (value.is_string) {
    append_json_string(value.text, out);
  } else {
    out.append(value.text);
  }
}

}  // namespace

void append_json_start(const Record& record, uint64_t index, std::string& out) {
  out.append("{\"index\": ");
  append_integer(static_cast<int64_t>(index), out);
  if (record.id) append_json_field("id", *record.id, out);
  for (const auto& [name, value] : record.kept) append_json_field(name, value, out);
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
  if (record.id) append_json_field("id", *record.id, out);
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
    const std::string written_as = kept_name(name, fields.written);
    for (const auto& [kept, value] : record.kept) {
      if (kept == written_as) append_csv_field(csv_text(value), out);
    }
  }
}

void append_csv_header(const FieldSelection& fields, const std::vector<std::string>& columns,
                       std::string& out) {
  out.append("index");
  if (fields.id) out.append(",id");
  std::vector<std::string> written = fields.written;  // with the labels, which the model or the user names
  written.insert(written.end(), columns.begin(), columns.end());
  for (const std::string& name : fields.keep) {
    const std::string written_as = kept_name(name, written);
    // The reader says it of the others.
    if (written_as != kept_name(name, fields.written)) note(renaming(name, written_as));
    out.append(",");
    append_csv_field(written_as, out);
  }
  for (const std::string& name : columns) {
    out.append(",");
    append_csv_field(name, out);
  }
  out.append("\n");
}

}  // namespace linnet::tools
