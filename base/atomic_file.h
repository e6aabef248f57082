// base/atomic_file.h - a file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "linnet/status.h"

namespace linnet::base {

// Bytes go to a temporary file beside `path`; commit() makes them durable and renames it over
// `path`. Destroyed without commit, the temporary file is removed and `path` is as it was.
// Where `path` is not a regular file (a device such as /dev/full, a pipe), it is written directly.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  Status write(std::span<const std::byte> bytes);

  // fsync, rename. REQUIRES: not committed yet.
  Status commit();

  // Until commit(); "" where `path` is written directly.
  const std::string& temporary() const { return temporary_; }

 private:
  AtomicFile(std::string path, std::string temporary, int fd);

  std::string path_;
  std::string temporary_;  // empty: `path_` is written directly
  int fd_;
};

}  // namespace linnet::base
