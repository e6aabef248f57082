// tools/line_reader.h - a file, a pipe or standard input, one line at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "linnet/status.h"

namespace linnet::tools {

// Memory: one chunk and the line at hand. A UTF-8 byte order mark at the start is removed, UTF-16
// is refused; nothing else is asked of the bytes.
class LineReader {
 public:
  // '\n': lines, of which one CR before the LF is removed. '\0': texts that may hold line breaks.
  // The path "-" is standard input.
  static Result<LineReader> open(const std::string& path, char delimiter);

  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&& other) noexcept;
  ~LineReader();

  // False at the end. A last line without a delimiter counts; an empty file has no lines.
  Result<bool> next(std::string& line);

  // Whether next() would answer without waiting for whoever writes the pipe.
  bool ready();

  uint64_t line_number() const { return line_number_; }  // of the line read last, from 1
  const std::string& name() const { return name_; }

 private:
  LineReader(std::string name, int fd, char delimiter);

  void gather(bool may_wait);
  void read_chunk();
  void skip_byte_order_mark();

  std::string name_;  // for messages
  int fd_;
  char delimiter_;
  std::unique_ptr<char[]> chunk_;
  size_t begin_ = 0, end_ = 0;  // of the bytes in chunk_ not yet taken
  std::string pending_;         // the line being gathered
  bool started_ = false;        // past the byte order mark
  bool complete_ = false;       // pending_ is a whole line
  bool at_end_ = false;
  Status status_;
  uint64_t line_number_ = 0;
};

}  // namespace linnet::tools
