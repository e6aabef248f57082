#include "tools/file_names.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace linnet::tools {
namespace {

constexpr int kMostLinks = 40;  // as many as the system follows

// One step along a symbolic link; nothing where `path` is none.
std::optional<std::string> next_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size <= 0 || size == static_cast<ssize_t>(sizeof target)) return std::nullopt;
  const std::string next(target, static_cast<size_t>(size));
  return next.front() == '/' ? next : folder_of(path) + next;
}

std::string real_path(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return "";
  const std::string result = resolved;
  std::free(resolved);
  return result;
}

// N of /proc/self/fd/N, however its folder is written.
std::optional<int> descriptor_here(const std::string& path) {
  const std::string folder = folder_of(path);
  const char* begin = path.data() + folder.size();
  const char* end = path.data() + path.size();
  int number = 0;
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc() || stop != end || number < 0) return std::nullopt;
  const std::string real = real_path(folder.empty() ? "." : folder);
  if (real.empty()) return std::nullopt;
  for (const char* own : {"/proc/self/fd", "/proc/thread-self/fd"}) {
    if (real == real_path(own)) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> named_descriptor(const std::string& path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;  // where there is no /proc, too
  if (path == "/dev/stderr") return STDERR_FILENO;
  std::string name = path;
  for (int i = 0; i < kMostLinks; ++i) {
    if (const auto number = descriptor_here(name)) return number;
    const auto next = next_link(name);
    if (!next) return std::nullopt;
    name = *next;
  }
  return std::nullopt;
}

std::string link_target(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return path;  // of a pipe, /proc gives no name
  std::string name = path;
  for (int i = 0; i < kMostLinks; ++i) {
    const auto next = next_link(name);
    if (!next) return name;
    name = *next;
  }
  return path;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

Status check_name_length(const std::string& path, std::string_view suffix) {
  const std::string folder = folder_of(path);
  const long most = ::pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  const size_t length = path.size() - folder.size();
  if (most < 0 || length + suffix.size() <= static_cast<size_t>(most)) return {};
  const std::string why = suffix.empty() ? "" : ": while it is unfinished, " + std::string(suffix) + " is added to it";
  return {Code::kInvalidArgument, path + ": its name has " + std::to_string(length) + " bytes, expected at most " +
                                      std::to_string(static_cast<size_t>(most) - suffix.size()) + why};
}

int open_temporary(const std::string& path, std::string& temporary) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary = folder_of(path) + ".linnet." + std::to_string(::getpid()) + "." + std::to_string(attempt);
    const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0 || !exists || ::fchmod(fd, info.st_mode & 0777) == 0) return fd;
    const int problem = errno;
    ::close(fd);
    ::unlink(temporary.c_str());
    errno = problem;
    return -1;
  }
  return -1;
}

}  // namespace linnet::tools
