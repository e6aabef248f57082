#include "tools/message.h"

#include <unistd.h>

#include <ctime>
#include <string>

#include "tools/json_text.h"

namespace linnet::tools {
namespace {

enum class Verbosity { kQuiet, kNormal, kVerbose };
Verbosity verbosity = Verbosity::kNormal;
bool json_log = false;

// One write for the whole line, so that lines of several threads and processes do not mix.
void write_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written <= 0) return;  // nobody to tell
    line.remove_prefix(static_cast<size_t>(written));
  }
}

// Names of files and words of the input stand in messages: what they do to a terminal must not happen, and a message
// stays one line. C1 controls are two bytes of UTF-8.
void append_visible(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto is_second_of_c1 = [](unsigned char c) { return c >= 0x80 && c < 0xA0; };
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && is_second_of_c1(static_cast<unsigned char>(text[i + 1]));
    if (c >= 0x20 && c != 0x7F && !c1) {
      out += text[i];
      continue;
    }
    const auto code = c1 ? static_cast<unsigned char>(text[++i]) : c;
    out.append(c1 ? "\\u00" : "\\x");
    out += kHex[code >> 4];
    out += kHex[code & 15];
  }
}

std::string json_start(std::string_view level) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string("{\"time\": \"") + time + "\", \"level\": \"" + std::string(level) + "\", ";
}

void say(std::string_view level, std::string_view text) {
  std::string line = json_log ? json_start(level) + "\"message\": " : "linnet: ";
  if (json_log) {
    append_json_string(text, line);
    line.append("}");
  } else {
    append_visible(text, line);
  }
  write_line(line.append("\n"));
}

}  // namespace

void set_verbosity(bool quiet, bool verbose) {
  verbosity = quiet ? Verbosity::kQuiet : verbose ? Verbosity::kVerbose : Verbosity::kNormal;
}

bool set_log_format(std::string_view name) {
  json_log = name == "json";
  return json_log || name == "text";
}

bool logs_json() { return json_log; }

void note(std::string_view text) {
  if (verbosity != Verbosity::kQuiet) say("info", text);
}

void detail(std::string_view text) {
  if (verbosity == Verbosity::kVerbose) say("debug", text);
}

void error(std::string_view text) { say("error", text); }

void log_event(std::string_view event, std::string_view object) {
  if (verbosity == Verbosity::kQuiet && event != "progress") return;
  std::string line = json_start("info") + "\"event\": ";
  append_json_string(event, line);
  line.append(", ").append(object.substr(1)).append("\n");
  write_line(line);
}

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
