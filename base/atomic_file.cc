#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/os_error.h"

namespace linnet::base {

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    return Status{Code::kInvalidArgument, path + ": is a folder, expected the name of a file"};
  }
  const bool direct = exists && !S_ISREG(info.st_mode);
  if (direct) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return os_error(path, "cannot write", errno);
    return AtomicFile(path, {}, fd);
  }
  // A name that nobody else has: not another thread, nor a process of this number in another container, nor one
  // that was killed.
  const std::string stem = path + ".tmp" + std::to_string(::getpid()) + "-";
  for (uint64_t number = 0;; ++number) {
    const std::string temporary = stem + std::to_string(number);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) return AtomicFile(path, temporary, fd);
    if (errno != EEXIST) return os_error(path, "cannot write", errno);
  }
}

AtomicFile::AtomicFile(std::string path, std::string temporary, int fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error(path_, "cannot write", errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Status AtomicFile::commit() {
  const int fd = std::exchange(fd_, -1);
  const std::string temporary = std::exchange(temporary_, {});
  if (temporary.empty()) {
    if (::close(fd) != 0) return os_error(path_, "cannot write", errno);
    return {};
  }
  int error = ::fsync(fd) == 0 ? 0 : errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), path_.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return os_error(path_, "cannot write", error);
}

}  // namespace linnet::base
