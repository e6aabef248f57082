#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/os_error.h"

namespace linnet::base {

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // does not wait for a pipe's writer
  if (fd < 0) return os_error(path, "cannot open", errno);

  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    return os_error(path, "cannot read its size", error);
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return Status{Code::kInvalidArgument, path + ": is not a regular file"};
  }
  MappedFile file;
  file.size_ = static_cast<size_t>(info.st_size);
  if (file.size_ > 0) {
    void* data = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    if (data == MAP_FAILED) {
      file.size_ = 0;
      ::close(fd);
      return os_error(path, "cannot map into memory", error);
    }
    file.data_ = static_cast<const std::byte*>(data);
    // Where the kernel and the file system can (Linux 6.16 with ext4, earlier with XFS), what is not in the page
    // cache yet is read into pages of 2 MiB: then products of few rows, which stream through all weights, miss
    // the TLB less often. A wish: it costs nothing where it cannot be fulfilled.
    ::madvise(data, file.size_, MADV_HUGEPAGE);
  }
  ::close(fd);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace linnet::base
