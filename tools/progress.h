// tools/progress.h - how far a run is, and what it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "linnet/embedder.h"
#include "tools/options.h"

namespace linnet::tools {

// One line on standard error, rewritten twice a second: on a terminal, or with --progress.
class Progress {
 public:
  explicit Progress(const Arguments& args);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(uint64_t texts, uint64_t tokens);
  double seconds() const;  // since the start

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool on_line_ = false;  // something stands on the line
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

// "3080 texts, 45,210 tokens, 3 truncated, 2 invalid UTF-8 repaired, 4.20 s, 733 texts/s"
std::string summary(const EmbedStats& stats, double seconds);

// "peak memory: 118504 KiB", mapped files included.
std::string peak_memory();

}  // namespace linnet::tools
