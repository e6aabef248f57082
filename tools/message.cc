#include "tools/message.h"

#include <unistd.h>

#include <string>

namespace linnet::tools {
namespace {

enum class Verbosity { kQuiet, kNormal, kVerbose };
Verbosity verbosity = Verbosity::kNormal;

// One write for the whole line, so that lines of several processes do not mix.
void say(std::string_view text) {
  std::string line = "linnet: ";
  line.append(text).append("\n");
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) return;  // nobody to tell
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void set_verbosity(bool quiet, bool verbose) {
  verbosity = quiet ? Verbosity::kQuiet : verbose ? Verbosity::kVerbose : Verbosity::kNormal;
}

void note(std::string_view text) {
  if (verbosity != Verbosity::kQuiet) say(text);
}

void detail(std::string_view text) {
  if (verbosity == Verbosity::kVerbose) say(text);
}

void error(std::string_view text) { say(text); }

int exit_with(const Status& status) {
  if (status.ok()) return kExitDone;
  error(status.message);
  return status.code == Code::kInvalidArgument ? kExitUsage : kExitFailed;
}

Status as_failure(Status status) {
  if (status.code == Code::kInvalidArgument) status.code = Code::kUnsupported;
  return status;
}

}  // namespace linnet::tools
