// tools/system_error.h - errno as a Status: "PATH: cannot read: No such file or directory".
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "linnet/status.h"

namespace linnet::tools {

inline Status system_error(const std::string& path, std::string_view attempt, int error_number) {
  const Code code = error_number == ENOENT || error_number == ENOTDIR ? Code::kNotFound : Code::kIo;
  return {code,
          path + ": " + std::string(attempt) + ": " + std::generic_category().message(error_number)};
}

}  // namespace linnet::tools
