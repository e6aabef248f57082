#include "base/os_error.h"

#include <cerrno>
#include <system_error>

namespace linnet::base {

Status os_error(const std::string& path, std::string_view attempt, int error_number) {
  const Code code = error_number == ENOENT || error_number == ENOTDIR ? Code::kNotFound : Code::kIo;
  return {code, path + ": " + std::string(attempt) + ": " +
                    std::generic_category().message(error_number)};
}

}  // namespace linnet::base
