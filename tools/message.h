// tools/message.h - what the program says on standard error, and how it ends.
#pragma once

#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitUsage = 2,
};

// -q drops notes; -v adds details. Errors are always said.
void set_verbosity(bool quiet, bool verbose);

void note(std::string_view text);    // "linnet: TEXT"
void detail(std::string_view text);
void error(std::string_view text);

// Says why and gives the exit code: kInvalidArgument is the command line's fault, the rest is not.
int exit_with(const Status& status);

// The same failure with the blame moved from the command line to the files it names.
Status as_failure(Status status);

}  // namespace linnet::tools
