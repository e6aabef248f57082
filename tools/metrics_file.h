// tools/metrics_file.h - the file of --metrics, which is replaced again and again while a run goes on.
#pragma once

#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

// Before any work is done. kInvalidArgument where `path` is no name of a regular file: it is replaced by renaming,
// which would take a device or a pipe away. kIo, kNotFound where it cannot be written. Leaves everything as it is.
Status check_metrics(const std::string& path);

// A reader sees the old file or the new one, never half of one. A link is followed. Errors name `path`.
Status write_metrics(const std::string& path, std::string_view text);

}  // namespace linnet::tools
