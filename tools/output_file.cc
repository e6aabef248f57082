#include "tools/output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "tools/file_names.h"
#include "tools/signals.h"
#include "tools/system_error.h"

namespace linnet::tools {
namespace {

bool may_wait(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && !S_ISREG(info.st_mode);
}

// A duplicate shares the place to write at with the messages, with what >> appends to, and with another output to the
// same descriptor; and it can be closed, which is when some file systems report a full disk.
int duplicate_to_write(int descriptor) {
  const int mode = ::fcntl(descriptor, F_GETFL);
  if (mode >= 0 && (mode & O_ACCMODE) != O_RDONLY) return ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  errno = EBADF;
  return -1;
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path, Unfinished unfinished) {
  const std::optional<int> descriptor =
      path.empty() || path == "-" ? std::optional(STDOUT_FILENO) : named_descriptor(path);
  if (descriptor) {
    const std::string name = descriptor == STDOUT_FILENO ? "standard output" : path;
    const int fd = duplicate_to_write(*descriptor);
    if (fd < 0) return system_error(name, "cannot write", errno);
    OutputFile file(name, fd);
    file.waits_ = may_wait(fd);
    return file;
  }
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno == ELOOP) return system_error(path, "cannot write", errno);
  if (exists && S_ISDIR(info.st_mode)) {
    return Status{Code::kInvalidArgument, path + ": is a folder, expected the name of a file"};
  }
  if (exists && !S_ISREG(info.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return system_error(path, "cannot write", errno);
    OutputFile file(path, fd);
    file.waits_ = may_wait(fd);
    return file;
  }
  // Renaming would replace a file that may not be written.
  if (exists && ::access(path.c_str(), W_OK) != 0) {
    return system_error(path, "cannot write", errno);
  }
  // A link keeps pointing where it points; its target is what gets replaced.
  OutputFile file(link_target(path), -1);
  file.unfinished_ = unfinished;
  if (unfinished == Unfinished::kKeep) {
    if (Status status = file.open_part(); !status.ok()) return status;
    if (exists && ::fchmod(file.fd_, info.st_mode & 0777) != 0) return file.failed(errno);
  } else {
    std::string temporary;
    file.fd_ = open_temporary(file.name_, temporary);
    if (file.fd_ < 0) return system_error(path, "cannot write", errno);
    file.temporary_ = std::move(temporary);
    set_temporary_file(file.temporary_);
  }
  return file;
}

Status OutputFile::open_part() {
  const std::string part = name_ + ".part";
  if (Status status = check_name_length(name_, ".part"); !status.ok()) return status;
  // No link is followed: it could lead to a file of another user.
  fd_ = ::open(part.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
  if (fd_ < 0) return system_error(name_, "cannot write", errno);
  struct stat info {};
  if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
    return {Code::kIo, part + ": is no regular file"};
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return {Code::kIo, part + ": another run is writing it"};
    if (errno != ENOLCK && errno != EOPNOTSUPP) return system_error(part, "cannot lock", errno);
  }
  // Between opening and locking, the other run may have finished and given it its name.
  struct stat named {};
  if (::stat(part.c_str(), &named) != 0 || named.st_ino != info.st_ino) {
    return {Code::kIo, part + ": another run was writing it"};
  }
  temporary_ = part;
  return {};
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      unfinished_(other.unfinished_),
      waits_(other.waits_),
      reader_gone_(other.reader_gone_),
      stalled_(other.stalled_) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty() && unfinished_ == Unfinished::kRemove) remove();
}

void OutputFile::remove() {
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  temporary_.clear();
  if (unfinished_ == Unfinished::kRemove) set_temporary_file("");
}

Status OutputFile::failed(int error_number) {
  reader_gone_ = error_number == EPIPE;
  return system_error(name_, "cannot write", error_number);
}

// How many of the bytes write() would take without waiting for long: of a pipe that poll() calls writable, as many as
// it takes at once. A signal may reach another thread, and would not end a write() here.
Result<size_t> OutputFile::room(size_t wanted) {
  if (!waits_) return wanted;
  constexpr int kMostMilliseconds = 1000;
  while (true) {
    const int asked = stop_signal();
    const bool stopping = asked > 0;
    pollfd requests[2] = {{fd_, POLLOUT, 0}, {asked == 0 ? stop_descriptor() : -1, POLLIN, 0}};
    const int ready = ::poll(requests, 2, stopping ? kMostMilliseconds : -1);
    if (ready < 0 && errno != EINTR) return system_error(name_, "cannot write", errno);
    if (ready > 0 && requests[0].revents != 0) return std::min<size_t>(wanted, PIPE_BUF);
    if (ready == 0) {
      stalled_ = true;
      return Status{Code::kCancelled, name_ + ": is not read, and the program is to stop"};
    }
  }
}

Status OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Result<size_t> size = room(bytes.size());
    if (!size.ok()) return size.status();
    const ssize_t written = ::write(fd_, bytes.data(), size.value());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status OutputFile::overwrite_start(std::string_view bytes) {
  for (off_t offset = 0; !bytes.empty();) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return {};
}

Status OutputFile::commit() {
  const bool whole = appears_whole();
  int problem = whole && ::fsync(fd_) != 0 ? errno : 0;
  // Some file systems report a full disk only now.
  if (::close(std::exchange(fd_, -1)) != 0 && problem == 0) problem = errno;
  if (problem == 0 && whole && std::rename(temporary_.c_str(), name_.c_str()) != 0) problem = errno;
  if (problem != 0) return failed(problem);
  temporary_.clear();
  if (unfinished_ == Unfinished::kRemove) set_temporary_file("");
  return {};
}

Status OutputFile::truncate(uint64_t bytes) {
  const auto offset = static_cast<off_t>(bytes);
  if (::ftruncate(fd_, offset) != 0 || ::lseek(fd_, offset, SEEK_SET) < 0) return failed(errno);
  return {};
}

Result<uint64_t> OutputFile::size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return system_error(temporary_, "cannot read", errno);
  return static_cast<uint64_t>(info.st_size);
}

Status OutputFile::make_durable() {
  return ::fdatasync(fd_) == 0 ? Status{} : failed(errno);
}

bool OutputFile::is_terminal() const { return ::isatty(fd_) == 1; }

}  // namespace linnet::tools
