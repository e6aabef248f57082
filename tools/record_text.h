// tools/record_text.h - what stands before the results in a record of output, and instead of them.
#pragma once

#include <cstdint>
#include <string>

#include "linnet/status.h"
#include "tools/records.h"

namespace linnet::tools {

// {"index": 0, "id": ..., kept fields: without the closing brace.
void append_json_start(const Record& record, uint64_t index, std::string& out);

// , "error": {"code": ..., "message": ...}
void append_json_error(const Status& problem, std::string& out);

// The line of an --errors file.
void append_error_line(const RecordReader& reader, const Record& record, uint64_t index,
                       const Status& problem, std::string& out);

// 0,id,kept fields; a kept field that the record lacks is an empty cell.
void append_csv_start(const Record& record, uint64_t index, const FieldSelection& fields,
                      std::string& out);
void append_csv_header(const FieldSelection& fields, const std::vector<std::string>& columns,
                       std::string& out);

}  // namespace linnet::tools
