// tools/output_file.h - where data goes: standard output, or a file that appears whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

// A regular file is written under a temporary name in its folder and renamed by commit(); without
// commit nothing is left behind and what was there stays. Devices, pipes and standard output are
// written directly.
class OutputFile {
 public:
  // "" and "-" are standard output.
  static Result<OutputFile> create(const std::string& path);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  Status write(std::string_view bytes);

  // Overwrites bytes at the start of the file. REQUIRES: appears_whole().
  Status overwrite_start(std::string_view bytes);

  // Makes the file durable and gives it its name. REQUIRES: not committed yet.
  Status commit();

  bool appears_whole() const { return !temporary_.empty(); }
  bool is_terminal() const;
  bool reader_gone() const { return reader_gone_; }  // a write failed because no one reads the pipe

 private:
  OutputFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}

  Status failed(int error_number);

  std::string name_;       // for messages, and to rename to
  std::string temporary_;  // empty: written directly
  int fd_;
  bool reader_gone_ = false;
};

}  // namespace linnet::tools
