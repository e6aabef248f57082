// tools/progress.h - how far a run is, and what it did: for people, for logs, for Prometheus.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "linnet/status.h"
#include "tools/options.h"

namespace linnet::tools {

// What a run has done so far; written by its threads, read by the Monitor.
struct RunCounters {
  std::atomic<uint64_t> texts{0}, tokens{0};
  std::atomic<uint64_t> truncated{0};  // texts longer than the maximum length
  std::atomic<uint64_t> repaired{0};   // invalid UTF-8 sequences read as U+FFFD
  std::atomic<uint64_t> bad{0};        // records
  // As files hold them: of the input computed, those that a resumed run had no need to, and all; 0: not known.
  std::atomic<uint64_t> input_bytes{0}, skipped_bytes{0}, total_bytes{0};
  // tokenize and compute: of the time that the workers compute, in the share of theirs that each takes.
  std::atomic<double> read_seconds{0}, tokenize_seconds{0}, compute_seconds{0}, write_seconds{0};
  std::atomic<uint64_t> chunk_tokens{0};  // that a worker carries together; 0: it is not that kind of work
  // Seconds into the run when texts, tokens and input_bytes were last counted, where that is every few seconds.
  std::atomic<double> counted_at{0};
  std::atomic<bool> complete{false};
};

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A thread that shows the counters while a run goes on: a line on standard error, rewritten twice a
// second, on a terminal or with --progress; and the metrics file, once a second.
class Monitor {
 public:
  Monitor(const Arguments& args, const RunCounters& counters,
          std::optional<std::string> metrics = std::nullopt);
  ~Monitor();  // stops
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Clears the line and writes the metrics a last time; ok when they could be written. Once.
  Status stop();
  double seconds() const { return watch_.seconds(); }  // since the start

 private:
  void show();
  void loop();
  Status update_metrics() const;

  const RunCounters& counters_;
  std::optional<std::string> metrics_;
  bool shown_;
  bool on_line_ = false;  // something stands on the line
  Stopwatch watch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;    // only where there is something to show
};

// "45210 tokens, 3 truncated, 2 invalid UTF-8 repaired"
std::string tokens_read(uint64_t tokens, uint64_t truncated, uint64_t repaired);

// Says the summary: "3080 texts, 45210 tokens, 3 truncated, 2 invalid UTF-8 repaired, ...".
void say_summary(const RunCounters& counters, double seconds);

// Of the process, mapped files included.
uint64_t peak_memory_kib();

}  // namespace linnet::tools
