#include "tools/batch.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <new>
#include <thread>

#include "tools/batch_writer.h"
#include "tools/blocking_queue.h"
#include "tools/message.h"
#include "tools/progress.h"
#include "tools/signals.h"
#include "tools/stream_hash.h"

namespace linnet::tools {
namespace {

// Between two slices the program looks whether it is to stop, so one is some seconds at most: 16,000
// tokens a worker, against which the worker that finishes last costs little.
constexpr size_t kSliceBytesPerWorker = size_t{64} << 10;

// std::atomic<double> has no += that one writer would need more of.
void add(std::atomic<double>& total, double seconds) { total = total + seconds; }

// The three stages of a run, and the windows that go round between them.
class Run {
 public:
  Run(Batch& batch, const BatchTask& task, BatchWriter& writer, RunCounters& counters)
      : batch_(batch), task_(task), writer_(writer), counters_(counters) {
    for (size_t i = 0; i < windows_.size(); ++i) {
      windows_[i].slot = i;
      free_.push(&windows_[i]);
    }
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
    WindowLimits limits{.max_texts = window_texts(task_.bytes_per_result),
                        .deduplicate = batch_.deduplicate,
                        .stop_at_bad = batch_.on_error == OnError::kStop};
    uint64_t first = writer_.state().records;
    for (bool last = false; !last;) {
      Window* window = free_.pop();
      if (window == nullptr) return;
      try {
        read_window(batch_.reader, limits, *window);
      } catch (const std::bad_alloc&) {
        window->records.clear();
        window->rows.clear();
        window->texts.clear();
        window->last = true;
        window->failure = {Code::kOutOfMemory, "not enough memory for the texts"};
      }
      window->first = first;
      first += window->records.size();
      last = window->last;
      add(counters_.read_seconds, window->read_seconds);
      counters_.input_bytes = batch_.reader.read_bytes();
      filled_.push(window);
    }
  }

  Status compute_all() {
    Status status;
    while (Window* window = filled_.pop()) {
      const bool last = window->last;
      status = compute(*window);
      if (!status.ok() || stop_signal() > 0) break;
      computed_.push(window);
      if (last) break;
    }
    computed_.push(&end_);
    return status;
  }

  Status compute(Window& window) {
    const Stopwatch watch;
    const size_t slice_bytes = kSliceBytesPerWorker * task_.workers;
    for (size_t first = 0; first < window.texts.size();) {
      if (stop_signal() > 0) return {};
      size_t count = 0;
      for (size_t bytes = 0; first + count < window.texts.size() && bytes < slice_bytes; ++count) {
        bytes += window.texts[first + count].size() + window.pairs[first + count].size() + 1;
      }
      const uint64_t tokens = window.stats.tokens;
      if (Status s = task_.compute(window, first, count); !s.ok()) return s;
      counters_.texts += count;
      counters_.tokens += window.stats.tokens - tokens;
      first += count;
    }
    const size_t good = static_cast<size_t>(
        std::count_if(window.rows.begin(), window.rows.end(), [](size_t r) { return r != kNoRow; }));
    counters_.texts += good - window.texts.size();  // equal ones
    counters_.truncated += window.stats.truncated;
    counters_.repaired += window.stats.repaired + window.repaired;
    // Workers tokenize at the same time: their seconds, as a share of all that they have had.
    const double seconds = watch.seconds();
    const double tokenizing =
        std::min(window.stats.tokenize_seconds / static_cast<double>(task_.workers), seconds);
    add(counters_.tokenize_seconds, tokenizing);
    add(counters_.compute_seconds, seconds - tokenizing);
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
        written_ = {Code::kOutOfMemory, "not enough memory for the results"};
      }
      counters_.bad = writer_.bad();
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
  std::array<Window, kWindowsInFlight> windows_;
  Window end_;  // tells the writer that no window follows
  BlockingQueue<Window> free_, filled_, computed_;
  Status written_;
  bool complete_ = false;
};

int stopped_by_signal(const BatchWriter& writer, const BatchTask& task) {
  const std::string done =
      task.resumable ? std::to_string(writer.state().records) + " records are written" : "nothing is written";
  note("stopped by a signal; " + done +
       (writer.resumable() ? " and --resume goes on behind them" : ""));
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
    return code;
  }
  if (!complete) return stopped_by_signal(writer, task);
  say_summary(counters, seconds);
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
