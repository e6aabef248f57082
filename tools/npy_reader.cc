// The file side of npy.h.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/file_suffix.h"
#include "tools/npy.h"
#include "tools/system_error.h"

namespace linnet::tools {
namespace {

// As many bytes as there are, at most `count`; negative: errno says why.
ssize_t read_at(int fd, char* out, size_t count, uint64_t offset) {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd, out + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

bool NpyReader::is_npy(const std::string& path) {
  if (has_suffix(path, ".npy")) return true;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string start(kNpyMagic.size(), '\0');
  const ssize_t got = read_at(fd, start.data(), start.size(), 0);
  ::close(fd);
  return got == static_cast<ssize_t>(kNpyMagic.size()) && start == kNpyMagic;
}

Result<NpyReader> NpyReader::open_file(const std::string& path, uint64_t& bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error(path, "cannot read", errno);
  NpyReader reader(path, fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_error(path, "cannot read", errno);
  if (!S_ISREG(info.st_mode)) {
    return Status{Code::kUnsupported, path + ": is no regular file, expected a file of vectors"};
  }
  bytes = static_cast<uint64_t>(info.st_size);
  return reader;
}

Result<NpyReader> NpyReader::open(const std::string& path) {
  uint64_t bytes = 0;
  Result<NpyReader> reader = open_file(path, bytes);
  if (!reader.ok()) return reader;
  std::string start(kMaxNpyHeaderBytes, '\0');
  const ssize_t got = read_at(reader.value().fd_, start.data(), start.size(), 0);
  if (got < 0) return system_error(path, "cannot read", errno);
  start.resize(static_cast<size_t>(got));
  const Result<NpyHeader> header = parse_npy_header(start, bytes);
  if (!header.ok()) {
    return Status{header.status().code, path + ": " + header.status().message};
  }
  reader.value().header_ = header.value();
  return reader;
}

Result<NpyReader> NpyReader::open_f32(const std::string& path, uint64_t columns) {
  uint64_t bytes = 0;
  Result<NpyReader> reader = open_file(path, bytes);
  if (!reader.ok()) return reader;
  const uint64_t row = columns * sizeof(float);
  if (bytes % row != 0) {
    return Status{Code::kCorrupt, path + ": has " + std::to_string(bytes) + " bytes, expected rows of " +
                                      std::to_string(columns) + " numbers, " + std::to_string(row) + " bytes each"};
  }
  reader.value().header_ = {.rows = bytes / row, .columns = columns, .data_offset = 0, .half = false};
  return reader;
}

NpyReader::NpyReader(NpyReader&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), header_(other.header_) {}

NpyReader::~NpyReader() {
  if (fd_ >= 0) ::close(fd_);
}

Status NpyReader::read(uint64_t first, std::span<float> out) {
  assert(out.size() % columns() == 0 && first + out.size() / columns() <= rows());
  const uint64_t bytes = out.size() / columns() * header_.row_bytes();
  // Two bytes a number are read to the end of `out`, and become numbers from its start on.
  char* read = reinterpret_cast<char*>(out.data()) + out.size_bytes() - bytes;
  const ssize_t got = read_at(fd_, read, bytes, header_.data_offset + first * header_.row_bytes());
  if (got < 0) return system_error(path_, "cannot read", errno);
  if (static_cast<uint64_t>(got) != bytes) {
    return {Code::kCorrupt, path_ + ": became shorter while it was read"};
  }
  for (size_t i = 0; header_.half && i < out.size(); ++i) {
    _Float16 half;
    std::memcpy(&half, read + 2 * i, 2);
    out[i] = static_cast<float>(half);
  }
  return {};
}

}  // namespace linnet::tools
