// base/mapped_file.h - a whole file as read-only bytes, mapped, not read.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "linnet/status.h"

namespace linnet::base {

bool exists(const std::string& path);  // a file or a folder, readable or not

class MappedFile {
 public:
  // Maps all of `path`; an empty file gives an empty span. The descriptor is closed on return; the
  // bytes live as long as this object. Fails with kNotFound or kIo.
  static Result<MappedFile> open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace linnet::base
