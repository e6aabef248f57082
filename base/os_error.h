// base/os_error.h - turns errno into a Status that names the file and what was tried.
#pragma once

#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::base {

// "PATH: ATTEMPT: No such file or directory". kNotFound for ENOENT and ENOTDIR, else kIo.
Status os_error(const std::string& path, std::string_view attempt, int error_number);

}  // namespace linnet::base
