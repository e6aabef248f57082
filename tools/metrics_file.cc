#include "tools/metrics_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tools/file_names.h"
#include "tools/options.h"
#include "tools/system_error.h"

namespace linnet::tools {

Status check_metrics(const std::string& path) {
  if (path.empty() || path == "-" || named_descriptor(path)) {
    return usage("--metrics " + path + ": expected the name of a file, which is replaced once a second");
  }
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno == ELOOP) return system_error(path, "cannot write", errno);
  if (exists && !S_ISREG(info.st_mode)) return usage("--metrics " + path + ": is no regular file");
  if (exists && ::access(path.c_str(), W_OK) != 0) return system_error(path, "cannot write", errno);
  std::string temporary;
  const int fd = open_temporary(link_target(path), temporary);
  if (fd < 0) return system_error(path, "cannot write", errno);
  ::close(fd);
  ::unlink(temporary.c_str());
  return check_name_length(link_target(path), "");
}

Status write_metrics(const std::string& path, std::string_view text) {
  const std::string target = link_target(path);
  std::string temporary;
  const int fd = open_temporary(target, temporary);
  if (fd < 0) return system_error(path, "cannot write", errno);
  const ssize_t written = ::write(fd, text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size());
  int problem = whole ? 0 : written < 0 ? errno : ENOSPC;
  if (::close(fd) != 0 && problem == 0) problem = errno;
  if (problem == 0 && std::rename(temporary.c_str(), target.c_str()) != 0) problem = errno;
  if (problem == 0) return {};
  ::unlink(temporary.c_str());
  return system_error(path, "cannot write", problem);
}

}  // namespace linnet::tools
