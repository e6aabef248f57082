// tools/records.h - all inputs as one stream of records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linnet/status.h"
#include "tools/json_lines.h"
#include "tools/line_reader.h"

namespace linnet::tools {

enum class InputFormat { kLines, kJsonl, kNul };

struct InputOptions {
  std::vector<std::string> files;      // in order; "-" is standard input
  std::vector<std::string> texts;      // instead of files
  std::optional<InputFormat> format;   // of every file; else by its name
  FieldSelection fields;
};

struct Record {
  std::string text;
  Json id;                                         // null: none
  std::vector<std::pair<std::string, Json>> kept;
  size_t file = 0;                                 // index of the input it came from
  uint64_t line = 0;                               // in that input, from 1
};

class RecordReader {
 public:
  // Looks at every file first, so that a wrong name is known before any work is done.
  static Result<RecordReader> open(InputOptions options);

  // False at the end. A failure names the file and the line.
  Result<bool> next(Record& record);

  // Whether next() would answer without waiting for whoever writes a pipe.
  bool ready();

  std::string position(const Record& record) const;  // "FILE:LINE"
  uint64_t repaired() const { return repaired_; }    // wrong UTF-8 sequences in JSON

 private:
  explicit RecordReader(InputOptions options) : options_(std::move(options)) {}

  InputFormat format(size_t file) const;
  Result<bool> next_line(std::string& line);
  Status read_json(std::string line, Record& record);

  InputOptions options_;
  size_t source_ = 0;                  // index of the text or file being read
  std::optional<LineReader> reader_;   // of it, once open
  uint64_t repaired_ = 0;
};

// The format that a file's name asks for, or why it cannot be read. "-" is lines.
Result<InputFormat> format_of(const std::string& path);
Result<InputFormat> parse_input_format(const std::string& name);

}  // namespace linnet::tools
