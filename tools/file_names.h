// tools/file_names.h - what the name of a file that is to be written leads to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

// The descriptor of this process that the name stands for: /dev/stdout, /dev/stderr, /dev/fd/N, /proc/self/fd/N, or a
// link to one. Opened anew or renamed over, the file behind it would lose what is written through it.
std::optional<int> named_descriptor(const std::string& path);

// What a symbolic link leads to, a regular file or one that is not there yet; another path as it is, and so a link that
// leads to a device, or to itself.
std::string link_target(const std::string& path);

// The folder of the file, with a slash behind it; "" for a name alone.
std::string folder_of(const std::string& path);

// Ok where the file system takes the last name of `path` with `suffix` behind it, else kInvalidArgument.
Status check_name_length(const std::string& path, std::string_view suffix);

// Creates a file of a short name beside `path`, exclusively: nobody's file or link is written through. Gives its
// descriptor and sets `temporary` to its name; -1 and errno when it cannot. Its mode is that of the file at `path`.
int open_temporary(const std::string& path, std::string& temporary);

}  // namespace linnet::tools
