#include "tools/bench_report.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "tools/json_lines.h"

namespace linnet::tools {
namespace {

constexpr double kNoisySpread = 0.1, kClockMoved = 0.05, kBusy = 0.03;

template <typename... Args>
std::string format(const char* pattern, Args... args) {
  char line[256];
  std::snprintf(line, sizeof line, pattern, args...);
  return line;
}

// 1234567.8 -> "1,234,568"
std::string grouped(double value) {
  std::string digits = format("%.0f", value);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string length_name(size_t length) { return length == 0 ? "yours" : std::to_string(length); }
std::string plural(uint32_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

double core_seconds_per_million(const LengthRow& row) {
  return 1e6 * row.tokens_per_text / row.speed.median * row.threads;
}

std::string header(const BenchReport& report) {
  const ModelInfo& model = report.model;
  const std::vector<uint32_t>& threads = report.plan.threads;
  std::string out = format("Linnet %s on %s, %s\n", version(), report.cpu.c_str(),
                           plural(report.cpus, "CPU").c_str());
  out += format("model    %s\n", model.path.c_str());
  out += format("         %s, %u layers of %u, %s, %s, kernels %s\n", model.family.c_str(),
                model.num_layers, model.hidden_size,
                (grouped(static_cast<double>(model.num_parameters)) + " parameters").c_str(),
                model.precision.c_str(), model.isa.c_str());
  if (model.backend != "linnet") out += format("         products by %s\n", model.backend.c_str());
  out += format("open     %.2f ms, with every weight checked %.2f ms, to the first vector %.2f ms\n",
                report.open.open, report.open.open_checked, report.open.first_vector);
  std::string memory, fma, int8;
  for (size_t i = 0; i < threads.size(); ++i) {
    const std::string with = " with " + plural(threads[i], "thread");
    const char* comma = i == 0 ? "" : ", ";
    memory += comma + format("%.1f MiB", static_cast<double>(report.memory_kib[i]) / 1024) + with;
    fma += comma + format("%.1f", report.result.fma_peaks[i] / 1e9) + with;
    if (report.result.int8_peaks.empty()) continue;
    int8 += comma + format("%.1f", report.result.int8_peaks[i] / 1e9) + with;
  }
  out += "memory   " + memory + ", the model file included\n";
  out += "peak     " + fma + " GFLOP/s of fp32 multiply-adds, measured\n";
  if (!int8.empty()) out += "         " + int8 + " GOP/s of int8 products, measured\n";
  return out;
}

std::string speed_table(const BenchReport& report) {
  std::string out = format("%7s %8s %12s %11s %8s %8s %8s %11s\n", "tokens", "threads", "tokens/s",
                           "texts/s", "spread", "of peak", "scaling", "core-s per");
  out += format("%7s %8s %12s %11s %8s %8s %8s %11s\n", "a text", "", "", "", "", "", "", "1M texts");
  uint32_t threads = 0;
  for (const LengthRow& row : report.result.rows) {
    if (threads != 0 && row.threads != threads) out += "\n";
    threads = row.threads;
    out += format("%7s %8u %12s %11.1f %6.1f %% %6.1f %% %7.2fx %11s\n", length_name(row.length).c_str(),
                  row.threads, grouped(row.speed.median).c_str(),
                  row.speed.median / row.tokens_per_text, 100 * row.speed.spread,
                  100 * row.share_of_peak, row.scaling,
                  grouped(core_seconds_per_million(row)).c_str());
  }
  return out;
}

std::string latency_table(const BenchReport& report) {
  std::string out = format("one text of %.0f tokens at a time, milliseconds\n",
                           report.result.latencies.front().tokens_per_text);
  out += format("%26s %8s %9s %9s %9s %9s\n", "", "texts", "p50", "p90", "p99", "p99.9");
  for (const Latency& row : report.result.latencies) {
    const std::string name = plural(row.threads, "thread") + ", " +
                             (row.gap == 0 ? "back to back" : std::to_string(row.gap) + " ms apart");
    out += format("%26s %8zu %9.3f %9.3f %9.3f %9s\n", name.c_str(), row.count, row.p50, row.p90, row.p99,
                  row.p999 == 0 ? "-" : format("%.3f", row.p999).c_str());
  }
  return out;
}

std::string parts_table(const BenchReport& report) {
  std::string out = "share of the time of one thread, percent\n" + format("%7s", "tokens");
  for (size_t i = 0; i < kNumParts; ++i) out += format(" %s", part_name(static_cast<Part>(i)));
  out += " us/token\n";
  double slowdown = 0;
  for (const PartsRow& row : report.result.parts) {
    const double total = std::accumulate(std::begin(row.profile.seconds), std::end(row.profile.seconds), 0.0);
    out += format("%7s", length_name(row.length).c_str());
    for (size_t i = 0; i < kNumParts; ++i) {
      const auto width = static_cast<int>(std::string(part_name(static_cast<Part>(i))).size());
      out += format(" %*.1f", width, 100 * row.profile.seconds[i] / total);
    }
    out += format(" %8.2f\n", 1e6 * total / row.tokens);
    slowdown = std::max(slowdown, row.slowdown);
  }
  out += format("(taking the times made these runs up to %.1f %% slower)\n", 100 * slowdown);
  return out;
}

Json as_json(const Latency& row) {
  Json json = {{"threads", row.threads}, {"gap_ms", row.gap},      {"tokens_per_text", row.tokens_per_text},
               {"texts", row.count},     {"p50_ms", row.p50},      {"p90_ms", row.p90},
               {"p99_ms", row.p99},      {"p99.9_ms", row.p999}};
  if (row.p999 == 0) json["p99.9_ms"] = nullptr;
  return json;
}

Json json_length(size_t length) { return length == 0 ? Json(nullptr) : Json(length); }

Json as_json(const LengthRow& row) {
  return {{"length", json_length(row.length)},
          {"tokens_per_text", row.tokens_per_text},
          {"threads", row.threads},
          {"tokens_per_second", row.speed.median},
          {"texts_per_second", row.speed.median / row.tokens_per_text},
          {"spread", row.speed.spread},
          {"runs_tokens_per_second", row.speed.runs},
          {"share_of_peak", row.share_of_peak},
          {"scaling", row.scaling},
          {"core_seconds_per_million_texts", core_seconds_per_million(row)}};
}

Json as_json(const PartsRow& row) {
  Json seconds;
  for (size_t i = 0; i < kNumParts; ++i) {
    seconds[part_name(static_cast<Part>(i))] = row.profile.seconds[i];
  }
  return {{"length", json_length(row.length)},
          {"tokens", row.tokens},
          {"seconds", seconds},
          {"slowdown", row.slowdown}};
}

template <typename Row>
Json list_of(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(as_json(row));
  return list;
}

}  // namespace

std::vector<std::string> warnings(const BenchResult& result) {
  std::vector<std::string> found;
  std::vector<double> spreads;
  for (const LengthRow& row : result.rows) spreads.push_back(row.speed.spread);
  if (!spreads.empty() && *std::max_element(spreads.begin(), spreads.end()) > kNoisySpread) {
    found.push_back(format("the machine is noisy: the middle half of the runs of the same work differs by %.0f %%",
                           100 * *std::max_element(spreads.begin(), spreads.end())));
  }
  const auto [least, most] = std::minmax_element(result.peaks.begin(), result.peaks.end());
  if (*most > 0 && 1 - *least / *most > kClockMoved) {
    found.push_back(format("the clock moved: one core's peak was between %.1f and %.1f GFLOP/s", *least / 1e9,
                           *most / 1e9));
  }
  if (1 - result.cpu_share > kBusy) {
    found.push_back(format("the machine was busy with something else: one thread got %.0f %% of a CPU",
                           100 * result.cpu_share));
  }
  return found;
}

std::string as_text(const BenchReport& report) {
  std::string out = header(report) + "\n" + speed_table(report) + "\n" + latency_table(report);
  if (!report.result.parts.empty()) out += "\n" + parts_table(report);
  for (const std::string& text : warnings(report.result)) out += "\nwarning: " + text;
  if (!warnings(report.result).empty()) out += "\n";
  return out;
}

std::string as_json(const BenchReport& report) {
  const BenchResult& result = report.result;
  Json memory = Json::array(), peaks = Json::array(), int8_peaks = Json::array();
  for (size_t i = 0; i < report.plan.threads.size(); ++i) {
    const uint32_t threads = report.plan.threads[i];
    memory.push_back({{"threads", threads}, {"peak_kib", report.memory_kib[i]}});
    peaks.push_back({{"threads", threads}, {"flops", result.fma_peaks[i]}});
    if (!result.int8_peaks.empty()) {
      int8_peaks.push_back({{"threads", threads}, {"ops", result.int8_peaks[i]}});
    }
  }
  const Json json = {{"linnet", version()},
                     {"cpu", report.cpu},
                     {"cpus", report.cpus},
                     {"model", report.model.path},
                     {"precision", report.model.precision},
                     {"isa", report.model.isa},
                     {"backend", report.model.backend},
                     {"open_ms", report.open.open},
                     {"open_checked_ms", report.open.open_checked},
                     {"first_vector_ms", report.open.first_vector},
                     {"memory", std::move(memory)},
                     {"fma_peak", std::move(peaks)},
                     {"int8_peak", std::move(int8_peaks)},
                     {"fma_peak_of_one_core_over_time", result.peaks},
                     {"cpu_share", result.cpu_share},
                     {"speed", list_of(result.rows)},
                     {"latency", list_of(result.latencies)},
                     {"parts", list_of(result.parts)},
                     {"warnings", warnings(result)}};
  return json.dump(1) + "\n";
}

}  // namespace linnet::tools
