#include "tools/progress.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/message.h"
#include "tools/metrics_file.h"

namespace linnet::tools {
namespace {

using Json = nlohmann::ordered_json;

double rate(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

// "%.0f" and the like; digits and a point in every locale, because none is ever set.
std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<long>(seconds);
  char text[64];
  std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

void write_error(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody to tell
}

// The seconds that the counters stand for: a rate over all of them would fall from one count to the next.
double counted_seconds(const RunCounters& counters, double seconds) {
  return counters.counted_at > 0 ? counters.counted_at.load() : seconds;
}

struct Advance {
  double share_done;                   // of the input, from 0 to 1
  std::optional<double> seconds_left;  // nothing before something is computed
};

// Nothing where the size of the input is not known. What was skipped counts as done, but tells nothing about the time.
std::optional<Advance> advance(const RunCounters& counters, double seconds) {
  const uint64_t total = counters.total_bytes;
  if (total == 0) return std::nullopt;
  const uint64_t computed = counters.input_bytes;
  const uint64_t done = std::min<uint64_t>(counters.skipped_bytes + computed, total);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  if (computed == 0) return Advance{share, std::nullopt};
  const double counted = counted_seconds(counters, seconds);
  const double left = counted * static_cast<double>(total - done) / static_cast<double>(computed);
  return Advance{share, std::max(0.0, left - (seconds - counted))};
}

// `counted`: the seconds of the rates.
Json as_json(const RunCounters& counters, double seconds, double counted) {
  return {{"texts", counters.texts.load()},
          {"tokens", counters.tokens.load()},
          {"seconds", seconds},
          {"texts_per_second", rate(counters.texts, counted)},
          {"tokens_per_second", rate(counters.tokens, counted)},
          {"bad", counters.bad.load()}};
}

Json progress_event(const RunCounters& counters, double seconds) {
  Json json = as_json(counters, seconds, counted_seconds(counters, seconds));
  const std::optional<Advance> so_far = advance(counters, seconds);
  if (so_far) json["share_done"] = so_far->share_done;
  if (so_far && so_far->seconds_left) json["seconds_left"] = *so_far->seconds_left;
  return json;
}

std::string progress_line(const RunCounters& counters, double seconds) {
  const double counted = counted_seconds(counters, seconds);
  std::string line = std::to_string(counters.texts) + " texts, " + number("%.0f", rate(counters.texts, counted)) +
                     " texts/s, " + number("%.0f", rate(counters.tokens, counted)) + " tokens/s";
  const std::optional<Advance> so_far = advance(counters, seconds);
  if (so_far) line += ", " + number("%.1f", so_far->share_done * 100) + " %";
  if (so_far && so_far->seconds_left) line += ", " + clock_time(*so_far->seconds_left) + " left";
  return line;
}

std::string prometheus(const RunCounters& counters, double seconds) {
  std::string text;
  const auto add = [&](const char* name, const char* type, const char* help, double value,
                       const char* labels = "") {
    const std::string full = std::string("linnet_") + name;
    if (*help != '\0') {
      text += "# HELP " + full + " " + help + "\n# TYPE " + full + " " + type + "\n";
    }
    text += full + labels + " " + number("%.9g", value) + "\n";
  };
  const auto count = [](const std::atomic<uint64_t>& value) { return static_cast<double>(value); };
  add("texts_total", "counter", "Texts computed.", count(counters.texts));
  add("tokens_total", "counter", "Tokens computed, special ones included.", count(counters.tokens));
  add("truncated_texts_total", "counter", "Texts cut at the maximum length.",
      count(counters.truncated));
  add("repaired_sequences_total", "counter", "Invalid UTF-8 sequences read as U+FFFD.",
      count(counters.repaired));
  add("bad_records_total", "counter", "Records that could not be read or computed.",
      count(counters.bad));
  add("input_bytes_total", "counter", "Bytes of the input computed, as the files hold them.",
      count(counters.input_bytes));
  add("input_skipped_bytes", "gauge", "Bytes of the input that an earlier run, which this one resumes, has computed.",
      count(counters.skipped_bytes));
  if (counters.total_bytes > 0) {
    add("input_size_bytes", "gauge", "Bytes of all inputs, as the files hold them; missing where one is no file.",
        count(counters.total_bytes));
  }
  add("stage_seconds_total", "counter", "Time spent in each stage; stages overlap.",
      counters.read_seconds, "{stage=\"read\"}");
  add("stage_seconds_total", "", "", counters.tokenize_seconds, "{stage=\"tokenize\"}");
  add("stage_seconds_total", "", "", counters.compute_seconds, "{stage=\"compute\"}");
  add("stage_seconds_total", "", "", counters.write_seconds, "{stage=\"write\"}");
  add("run_seconds", "gauge", "Time since the run began.", seconds);
  add("run_complete", "gauge", "1 when the run has ended with all its output written.",
      counters.complete ? 1 : 0);
  add("peak_memory_bytes", "gauge", "Largest resident memory, mapped files included.",
      static_cast<double>(peak_memory_kib()) * 1024);
  return text;
}

bool wants_progress(const Arguments& args) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && !logs_json();
  return args.flag("progress", terminal && !args.flag("quiet", false));
}

}  // namespace

Monitor::Monitor(const Arguments& args, const RunCounters& counters,
                 std::optional<std::string> metrics)
    : counters_(counters), metrics_(std::move(metrics)), shown_(wants_progress(args)) {
  if (shown_ || metrics_) thread_ = std::thread([this] { loop(); });
}

Monitor::~Monitor() {
  [[maybe_unused]] const Status unseen = stop();  // whoever wants to know has called it
}

Status Monitor::stop() {
  if (!thread_.joinable()) return {};
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (on_line_) write_error("\r\x1b[K");
  return update_metrics();
}

void Monitor::loop() {
  constexpr auto kStep = std::chrono::milliseconds(500);
  std::unique_lock lock(mutex_);
  for (uint64_t steps = 0;; ++steps) {
    if (steps % 2 == 0) [[maybe_unused]] const Status later = update_metrics();  // stop() tells
    if (wake_.wait_for(lock, kStep, [&] { return stopping_; })) return;
    show();
  }
}

Status Monitor::update_metrics() const {
  return metrics_ ? write_metrics(*metrics_, prometheus(counters_, seconds())) : Status{};
}

void Monitor::show() {
  if (!shown_) return;
  if (logs_json()) return log_event("progress", progress_event(counters_, seconds()).dump());
  on_line_ = true;
  write_error("\r\x1b[K" + progress_line(counters_, seconds()));
}

std::string tokens_read(uint64_t tokens, uint64_t truncated, uint64_t repaired) {
  return std::to_string(tokens) + " tokens, " + std::to_string(truncated) + " truncated, " +
         std::to_string(repaired) + " invalid UTF-8 repaired";
}

void say_summary(const RunCounters& counters, double seconds) {
  if (logs_json()) {
    Json json = as_json(counters, seconds, seconds);
    json["truncated"] = counters.truncated.load();
    json["repaired"] = counters.repaired.load();
    json["read_seconds"] = counters.read_seconds.load();
    json["tokenize_seconds"] = counters.tokenize_seconds.load();
    json["compute_seconds"] = counters.compute_seconds.load();
    json["write_seconds"] = counters.write_seconds.load();
    json["chunk_tokens"] = counters.chunk_tokens.load();
    json["peak_memory_kib"] = peak_memory_kib();
    return log_event("summary", json.dump());
  }
  std::string line = std::to_string(counters.texts) + " texts, " +
                     tokens_read(counters.tokens, counters.truncated, counters.repaired) + ", ";
  if (counters.bad > 0) line += std::to_string(counters.bad) + " bad records, ";
  note(line + number("%.2f s, ", seconds) + number("%.0f texts/s, ", rate(counters.texts, seconds)) +
       number("%.0f tokens/s", rate(counters.tokens, seconds)));
  note(number("read %.2f s, ", counters.read_seconds) +
       number("tokenize %.2f s, ", counters.tokenize_seconds) +
       number("compute %.2f s, ", counters.compute_seconds) +
       number("write %.2f s; ", counters.write_seconds) +
       "peak memory: " + std::to_string(peak_memory_kib()) + " KiB");
}

uint64_t peak_memory_kib() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss);
}

}  // namespace linnet::tools
