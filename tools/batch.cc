#include "tools/batch.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <new>
#include <thread>
#include <utility>

#include "tools/batch_writer.h"
#include "tools/blocking_queue.h"
#include "tools/message.h"
#include "tools/progress.h"
#include "tools/signals.h"
#include "tools/stream_hash.h"

namespace linnet::tools {
namespace {

// Of computing a window, about: what a stop is waited for, and what a killed run computes again. Against it the
// worker that finishes last costs little.
constexpr double kWindowSeconds = 4;
constexpr size_t kBytesPerToken = 4;                        // about, of a text
constexpr size_t kFirstBytesPerWorker = size_t{64} << 10;   // where there are no chunks

// std::atomic<double> has no += that one writer would need more of.
void add(std::atomic<double>& total, double seconds) { total = total + seconds; }

// The three stages of a run, and the windows that go round between them.
class Run {
 public:
  Run(Batch& batch, const BatchTask& task, BatchWriter& writer, RunCounters& counters)
      : batch_(batch),
        task_(task),
        writer_(writer),
        counters_(counters),
        limits_{.max_records = window_records(task.bytes_per_result),
                .deduplicate = batch.deduplicate,
                .stop_at_bad = batch.on_error == OnError::kStop},
        least_bytes_(task.workers *
                     (task.chunk_tokens > 0 ? task.chunk_tokens * kBytesPerToken : kFirstBytesPerWorker)),
        max_rows_(limits_.max_records),
        max_row_bytes_(least_bytes_) {
    for (size_t i = 0; i < windows_.size(); ++i) windows_[i].slot = i;
    free_.push(&windows_[0]);
  }

  // Ok: every record has been written.
  Status go() {
    std::thread reader([this] { read_all(); });
    std::thread writer([this] { write_all(); });
    Status computed = compute_all();
    if (!computed.ok() || stop_signal() != 0) free_.close();
    writer.join();  // what has been computed is written, whatever ended the rest
    free_.close();
    stop_reading();
    reader.join();
    if (!written_.ok()) return written_;
    return computed;
  }

  bool complete() const { return complete_; }

 private:
  void read_all() {
    uint64_t first = writer_.state().records;
    for (bool last = false; !last;) {
      Window* window = free_.pop();
      if (window == nullptr) return;
      limits_.max_rows = max_rows_;
      limits_.max_row_bytes = max_row_bytes_;
      try {
        read_window(batch_.reader, limits_, *window);
      } catch (const std::bad_alloc&) {  // "out of memory" fits into a string itself
        window->records.clear();
        window->rows.clear();
        window->texts.clear();
        window->last = true;
        window->failure = {Code::kOutOfMemory, "out of memory"};
      }
      window->first = first;
      first += window->records.size();
      last = window->last;
      add(counters_.read_seconds, window->read_seconds);
      filled_.push(window);
    }
  }

  Status compute_all() {
    Status status;
    bool measured = false;
    while (Window* window = filled_.pop()) {
      const bool last = window->last;
      status = compute(*window);
      if (!status.ok()) break;
      computed_.push(window);
      // Some seconds old at most, it was worth finishing.
      if (last || stop_signal() > 0) break;
      // The others are filled only now, when it is known how much they should hold.
      if (!std::exchange(measured, true)) {
        for (size_t i = 1; i < windows_.size(); ++i) free_.push(&windows_[i]);
      }
    }
    computed_.push(&end_);
    return status.code == Code::kCancelled && stop_signal() > 0 ? Status{} : status;
  }

  // The next windows: as much as this one, as often as it goes into kWindowSeconds. In rows as well as in bytes,
  // since neither alone is the price of a text: a long one may be cut, a short one has its special tokens.
  void set_pace(const Window& window, double seconds) {
    if (window.texts.empty()) return;
    const double times = kWindowSeconds / std::max(seconds, 1e-3);
    size_t bytes = 0;
    for (size_t row = 0; row < window.texts.size(); ++row) bytes += window.row_bytes(row);
    const auto scaled = [times](size_t size) { return static_cast<size_t>(times * static_cast<double>(size)); };
    max_rows_ = std::max(scaled(window.texts.size()), task_.workers);
    max_row_bytes_ = std::max(scaled(bytes), least_bytes_);
  }

  Status compute(Window& window) {
    const Stopwatch watch;
    if (!window.texts.empty()) {
      if (Status s = task_.compute(window); !s.ok()) return s;
    }
    for (size_t i = 0; i < window.records.size(); ++i) counters_.texts += window.problem(i).ok();
    counters_.tokens += window.stats.tokens;
    counters_.input_bytes = window.end_bytes - counters_.skipped_bytes;
    counters_.counted_at = since_start_.seconds();
    counters_.truncated += window.stats.truncated;
    counters_.repaired += window.stats.repaired + window.repaired;
    // Workers tokenize at the same time: their seconds, as a share of all that they have had.
    const double seconds = watch.seconds();
    const double tokenizing =
        std::min(window.stats.tokenize_seconds / static_cast<double>(task_.workers), seconds);
    add(counters_.tokenize_seconds, tokenizing);
    add(counters_.compute_seconds, seconds - tokenizing);
    set_pace(window, seconds);
    return {};
  }

  void write_all() {
    while (true) {
      const auto due = writer_.checkpoint_due();
      Window* const window = due ? computed_.pop_until(*due) : computed_.pop();
      if (window == &end_) return;
      const Stopwatch watch;
      try {
        // Nothing has come: the input pauses, or a window takes long. The state follows what is written meanwhile.
        written_ = window == nullptr ? writer_.checkpoint() : writer_.write(*window);
      } catch (const std::bad_alloc&) {
        written_ = {Code::kOutOfMemory, "out of memory"};
      }
      counters_.bad = writer_.bad() - writer_.bad_before();
      add(counters_.write_seconds, watch.seconds());
      if (!written_.ok()) {
        free_.close();
        filled_.close();
        return;
      }
      if (window == nullptr) continue;
      // Interrupted, the input has an end that is not its own.
      complete_ = window->last && !batch_.reader.interrupted();
      free_.push(window);
    }
  }

  Batch& batch_;
  const BatchTask& task_;
  BatchWriter& writer_;
  RunCounters& counters_;
  const Stopwatch since_start_;
  WindowLimits limits_;
  const size_t least_bytes_;  // of a window: the first one, and a chunk for each worker
  std::atomic<size_t> max_rows_, max_row_bytes_;  // of the next window
  std::array<Window, kWindowsInFlight> windows_;
  Window end_;  // tells the writer that no window follows
  BlockingQueue<Window> free_, filled_, computed_;
  Status written_;
  bool complete_ = false;
};

// What a resumed run has said of itself is not all that its output holds.
void say_whole(const BatchWriter& writer) {
  const RunState& all = writer.state();
  note("that was this run; with what it went on with: " + std::to_string(all.records) + " records, " +
       std::to_string(all.bad) + " of them bad, " + tokens_read(all.tokens, all.truncated, all.repaired));
}

void say_where_errors_are(const BatchWriter& writer) {
  const std::string path = writer.unfinished_errors();
  if (!path.empty()) note("the bad records so far are in " + path);
}

int stopped_by_signal(const BatchWriter& writer, const BatchTask& task) {
  const std::string done =
      task.resumable ? std::to_string(writer.state().records) + " records are written" : "nothing is written";
  note("stopped by a signal; " + done +
       (writer.resumable() ? " and --resume goes on behind them" : ""));
  say_where_errors_are(writer);
  die_of_stop_signal();
}

}  // namespace

int run_batch(const Arguments& args, Batch& batch, const BatchTask& task) {
  stop_gently();
  Result<BatchWriter> created = BatchWriter::create(args, batch, task);
  if (stop_signal() > 0) die_of_stop_signal();
  if (!created.ok()) return exit_with(created.status());
  BatchWriter& writer = created.value();

  RunCounters counters;
  counters.total_bytes = batch.reader.total_bytes();
  counters.skipped_bytes = batch.reader.given_bytes();
  counters.chunk_tokens = task.chunk_tokens;
  if (task.chunk_tokens > 0) {
    detail("chunks: " + std::to_string(task.chunk_tokens) + " tokens a worker, by the model and the caches");
  }
  Monitor monitor(args, counters, batch.metrics);
  Run run(batch, task, writer, counters);
  Status status = run.go();
  if (status.ok() && run.complete()) {
    status = writer.finish();
    counters.complete = status.ok();
  }
  const bool complete = counters.complete;
  if (!complete) writer.abandon();
  const double seconds = monitor.seconds();
  const Status metrics = monitor.stop();
  // What counts is the output, which has ended as it would have without them.
  if (!metrics.ok()) error(metrics.message + "; --metrics lacks the last counters, the output is not concerned");
  if (writer.reader_gone()) return kExitDone;
  if (writer.stalled()) return stopped_by_signal(writer, task);
  if (!status.ok()) {
    const int code = exit_with(as_failure(status));
    if (writer.resumable()) {
      note(std::to_string(writer.state().records) + " records are in " + batch.output +
           ".part; --resume goes on behind them");
    }
    say_where_errors_are(writer);
    return code;
  }
  if (!complete) return stopped_by_signal(writer, task);
  say_summary(counters, seconds);
  if (writer.resumed()) say_whole(writer);
  return writer.bad() > 0 ? kExitBadRecords : kExitDone;
}

std::string fingerprint(const ModelInfo& model) {
  StreamHash hash;
  hash.update(model.source_sha256);
  hash.update(model.precision);
  for (const SectionInfo& section : model.sections) {
    hash.update(section.name);
    hash.update({reinterpret_cast<const char*>(&section.checksum), sizeof section.checksum});
  }
  char text[24];
  std::snprintf(text, sizeof text, "%016" PRIx64, hash.value());
  return text;
}

}  // namespace linnet::tools
