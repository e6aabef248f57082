// tools/byte_source.h - the bytes of a file, a pipe or standard input, decompressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "linnet/status.h"

namespace linnet::tools {

class ByteSource {
 public:
  enum class Got {
    kBytes,    // at least one
    kEnd,
    kNothing,  // not now: whoever writes the pipe has not, or the program is to stop
  };

  // "-" is standard input. What begins as gzip or zstd does is decompressed, whatever its name, and what is named .gz
  // or .zst has to be: members after each other count as one stream, zeros behind the last one of gzip count nothing,
  // a truncated or damaged one is kCorrupt.
  static Result<std::unique_ptr<ByteSource>> open(const std::string& path);

  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Up to `room` bytes, `bytes` of them. Without may_wait it answers at once; with it only a signal
  // that asks the program to stop ends the wait.
  Result<Got> read(char* out, size_t room, bool may_wait, size_t& bytes);

  const std::string& name() const { return name_; }    // for messages
  uint64_t raw_bytes() const { return raw_bytes_ - (end_ - begin_); }  // given so far, as they lie in the file

 private:
  struct Gzip;
  struct Zstd;

  ByteSource(std::string name, int fd);
  Result<Got> read_start(bool may_wait);
  Status start_decoder();
  Result<Got> fill(bool may_wait);
  Result<Got> read_raw(char* out, size_t room, bool may_wait, size_t& bytes);
  Result<Got> read_plain(char* out, size_t room, bool may_wait, size_t& bytes);
  Result<Got> read_compressed(char* out, size_t room, bool may_wait, size_t& bytes);
  void skip_padding();
  Status damaged() const;
  Status truncated() const;

  std::string name_;
  int fd_;
  bool waits_;  // a pipe or a terminal, not a regular file
  uint64_t raw_bytes_ = 0;
  std::unique_ptr<Gzip> gzip_;
  std::unique_ptr<Zstd> zstd_;
  std::vector<char> raw_;          // read, and not given or decompressed yet: begin_ to end_
  size_t begin_ = 0, end_ = 0;
  bool raw_ended_ = false;
  bool started_ = false;           // whether it is compressed is known
  bool padded_ = false;            // zeros stand behind the last member
};

}  // namespace linnet::tools
