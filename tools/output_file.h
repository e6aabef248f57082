// tools/output_file.h - where data goes: standard output, or a file that appears whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

// A regular file is written under another name in its folder and renamed by commit(); without commit
// what was there stays. Devices and pipes are written directly, and so is what a descriptor of this process leads to:
// standard output, /dev/stderr, /dev/fd/N, a file that it is redirected to included.
class OutputFile {
 public:
  enum class Unfinished {
    kRemove,  // a temporary file, of which nothing is left without commit()
    kKeep,    // FILE.part, which another run may go on with; one run at a time holds it
  };

  // "" and "-" are standard output. A link is followed, also to where nothing is yet. A FILE.part that is there is
  // not changed yet: see truncate().
  static Result<OutputFile> create(const std::string& path,
                                   Unfinished unfinished = Unfinished::kRemove);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Into a pipe that nobody empties, an asked stop ends the wait after a second without progress: see stalled().
  Status write(std::string_view bytes);

  // Overwrites bytes at the start of the file. REQUIRES: appears_whole().
  Status overwrite_start(std::string_view bytes);

  // REQUIRES: appears_whole(). What is written next stands behind the first `bytes` bytes.
  Status truncate(uint64_t bytes);
  Result<uint64_t> size() const;
  Status make_durable();

  // Makes the file durable and gives it its name. REQUIRES: not committed yet.
  Status commit();
  void remove();  // nothing stays, not even a FILE.part

  bool appears_whole() const { return !temporary_.empty(); }
  bool is_terminal() const;
  bool reader_gone() const { return reader_gone_; }  // a write failed because no one reads the pipe
  bool stalled() const { return stalled_; }           // a write was given up because the program is to stop
  const std::string& unfinished_path() const { return temporary_; }

 private:
  OutputFile(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}

  Status open_part();
  Status failed(int error_number);
  Result<size_t> room(size_t wanted);

  std::string name_;       // for messages, and to rename to
  std::string temporary_;  // empty: written directly
  int fd_;
  Unfinished unfinished_ = Unfinished::kRemove;
  bool waits_ = false;     // a pipe or a terminal, not a regular file
  bool reader_gone_ = false, stalled_ = false;
};

}  // namespace linnet::tools
