#include "tools/progress.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace linnet::tools {
namespace {

std::string rate(uint64_t count, double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", seconds > 0 ? static_cast<double>(count) / seconds : 0.0);
  return text;
}

void say(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody to tell
}

}  // namespace

Progress::Progress(const Arguments& args)
    : shown_(args.flag("progress", ::isatty(STDERR_FILENO) == 1 && !args.flag("quiet", false))) {}

Progress::~Progress() {
  if (on_line_) say("\r\x1b[K");
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::update(uint64_t texts, uint64_t tokens) {
  const auto now = Clock::now();
  if (!shown_ || now - last_ < std::chrono::milliseconds(500)) return;
  last_ = now;
  on_line_ = true;
  say("\r\x1b[K" + std::to_string(texts) + " texts, " + rate(texts, seconds()) + " texts/s, " +
      rate(tokens, seconds()) + " tokens/s");
}

std::string summary(const EmbedStats& stats, double seconds) {
  char time[32];
  std::snprintf(time, sizeof time, "%.2f s", seconds);
  return std::to_string(stats.texts) + " texts, " + std::to_string(stats.tokens) + " tokens, " +
         std::to_string(stats.truncated) + " truncated, " + std::to_string(stats.repaired) +
         " invalid UTF-8 repaired, " + time + ", " + rate(stats.texts, seconds) + " texts/s";
}

std::string peak_memory() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return "peak memory: " + std::to_string(usage.ru_maxrss) + " KiB";
}

}  // namespace linnet::tools
