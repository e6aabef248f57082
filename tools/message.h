// tools/message.h - what the program says on standard error, and how it ends.
#pragma once

#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitBadRecords = 3,  // finished, but some records were bad
};

// -q drops notes; -v adds details. Errors are always said.
void set_verbosity(bool quiet, bool verbose);

// --log-format: "text", or "json", an object a line: {"time": "...", "level": "info", "message": ...}.
// False for another name.
bool set_log_format(std::string_view name);
bool logs_json();

// "linnet: TEXT", one line: control characters are written as \x1b, and those beyond ASCII as \u009b.
void note(std::string_view text);
void detail(std::string_view text);
void error(std::string_view text);

// One line of a JSON log: {"time": ..., "level": "info", "event": EVENT, and the members of `object`,
// JSON of an object that has some}. Dropped by -q, but for progress that was asked for.
void log_event(std::string_view event, std::string_view object);

// Says why and gives the exit code: kInvalidArgument is the command line's fault, the rest is not.
int exit_with(const Status& status);

// The same failure with the blame moved from the command line to the files it names.
Status as_failure(Status status);

}  // namespace linnet::tools
