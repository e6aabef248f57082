// tools/file_clash.h - no file that a command writes is one that it reads, or one that it writes otherwise.
#pragma once

#include "linnet/status.h"
#include "tools/options.h"

namespace linnet::tools {

// Looks at every file that the command line names, before any of them is touched: inputs, the model, what options
// read (--labels-file and the like); -o with its .part and .part.state, --errors, --metrics; and at what the standard
// streams are redirected to. Files are compared by device and inode, those that are not there yet by their resolved
// path. kInvalidArgument names the two that are one file; kIo a descriptor (/dev/fd/N) that is not open.
Status check_files(const Arguments& args);

}  // namespace linnet::tools
