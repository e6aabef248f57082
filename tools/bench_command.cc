// linnet bench: how fast a model is on this machine.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "linnet/machine.h"
#include "tools/bench_measure.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_lines.h"
#include "tools/message.h"
#include "tools/output_file.h"

namespace linnet::tools {
namespace {

constexpr size_t kLengths[] = {8, 16, 32, 64, 128, 256, 512};
constexpr double kNoisySpread = 0.15, kClockMoved = 0.05;

struct Report {
  std::string cpu;
  ModelInfo model;
  double open_ms = 0;   // the header, the tables, the metadata
  double check_ms = 0;  // and every weight
  long peak_memory_kib = 0;
  BenchResult result;
};

std::vector<std::string> warnings(const BenchResult& result) {
  std::vector<std::string> found;
  double worst = 0;
  for (const LengthRow& row : result.rows) worst = std::max(worst, row.speed.spread);
  char text[160];
  if (worst > kNoisySpread) {
    std::snprintf(text, sizeof text, "the machine is noisy: runs of the same work differ by %.0f %%",
                  100 * worst);
    found.emplace_back(text);
  }
  const double moved = std::abs(result.peak_after / result.peak_before - 1);
  if (result.peak_before > 0 && moved > kClockMoved) {
    std::snprintf(text, sizeof text,
                  "the clock moved: the multiply-add peak was %.1f GFLOP/s before and %.1f after",
                  result.peak_before / 1e9, result.peak_after / 1e9);
    found.emplace_back(text);
  }
  return found;
}

template <typename... Args>
void print(std::string& out, const char* format, Args... args) {
  char line[256];
  std::snprintf(line, sizeof line, format, args...);
  out += line;
}

std::string as_text(const Report& report) {
  const BenchResult& result = report.result;
  std::string out;
  print(out, "cpu            %s\n", report.cpu.c_str());
  print(out, "model          %s, %s, kernels %s\n", report.model.path.c_str(),
        report.model.precision.c_str(), report.model.isa.c_str());
  print(out, "multiply-add   %.1f GFLOP/s a core at most\n",
        std::max(result.peak_before, result.peak_after) / 1e9);
  print(out, "open           %.2f ms, with every weight checked %.2f ms\n", report.open_ms,
        report.check_ms);
  print(out, "peak memory    %.1f MiB, the model file included\n\n",
        static_cast<double>(report.peak_memory_kib) / 1024);
  print(out, "%8s %8s %12s %12s %8s %8s\n", "tokens", "threads", "tokens/s", "texts/s", "spread",
        "of peak");
  for (const LengthRow& row : result.rows) {
    const std::string length = row.length == 0 ? "yours" : std::to_string(row.length);
    print(out, "%8s %8u %12.0f %12.1f %6.1f %% %6.1f %%\n", length.c_str(), row.threads,
          row.speed.median, row.speed.median / row.tokens_per_text, 100 * row.speed.spread,
          100 * row.share_of_peak);
  }
  print(out, "\none text of 15 tokens at a time, milliseconds\n%14s %8s %8s %8s %8s\n", "", "p50",
        "p90", "p99", "p99.9");
  for (const auto& [name, latency] : {std::pair("back to back", &result.back_to_back),
                                      std::pair("10 ms apart", &result.with_gaps)}) {
    print(out, "%14s %8.3f %8.3f %8.3f %8.3f\n", name, latency->p50, latency->p90, latency->p99,
          latency->p999);
  }
  return out;
}

Json as_json(const Latency& latency) {
  return {{"p50", latency.p50}, {"p90", latency.p90}, {"p99", latency.p99},
          {"p99.9", latency.p999}, {"texts", latency.count}};
}

std::string as_json(const Report& report) {
  const BenchResult& result = report.result;
  Json rows = Json::array();
  for (const LengthRow& row : result.rows) {
    rows.push_back({{"length", row.length == 0 ? Json(nullptr) : Json(row.length)},
                    {"tokens_per_text", row.tokens_per_text},
                    {"threads", row.threads},
                    {"tokens_per_second", row.speed.median},
                    {"texts_per_second", row.speed.median / row.tokens_per_text},
                    {"spread", row.speed.spread},
                    {"share_of_peak", row.share_of_peak}});
  }
  const Json json = {{"linnet", version()},
                     {"cpu", report.cpu},
                     {"model", report.model.path},
                     {"precision", report.model.precision},
                     {"isa", report.model.isa},
                     {"fma_peak", {result.peak_before, result.peak_after}},
                     {"open_ms", report.open_ms},
                     {"open_checked_ms", report.check_ms},
                     {"peak_memory_kib", report.peak_memory_kib},
                     {"rows", std::move(rows)},
                     {"latency_ms", {{"tokens", 15},
                                     {"back_to_back", as_json(result.back_to_back)},
                                     {"10ms_apart", as_json(result.with_gaps)}}},
                     {"warnings", warnings(result)}};
  return json.dump(1) + "\n";
}

Result<std::vector<std::string>> own_texts(const Arguments& args) {
  if (args.files().empty() && args.values("text").empty()) return std::vector<std::string>();
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return input.status();
  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return reader.status();
  std::vector<std::string> texts;
  Record record;
  constexpr size_t kEnough = 4096;
  while (texts.size() < kEnough) {
    const Result<bool> more = reader.value().next(record);
    if (!more.ok()) return more.status();
    if (!more.value()) break;
    texts.push_back(std::move(record.text));
  }
  if (texts.empty()) return Status{Code::kCorrupt, "the input has no texts"};
  return texts;
}

// Opened twice, and the second time counts: the first may wait for a disk.
Result<double> open_milliseconds(const std::string& path, const OpenOptions& options) {
  double last = 0;
  for (int i = 0; i < 2; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const Result<Model> model = Model::open(path, options);
    if (!model.ok()) return model.status();
    last = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  return last;
}

// 1, 2, 4, ... and the number itself.
std::vector<uint32_t> thread_counts(uint32_t most) {
  std::vector<uint32_t> counts;
  for (uint32_t n = 1; n < most; n *= 2) counts.push_back(n);
  counts.push_back(most);
  return counts;
}

int run_bench_command(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<EmbedOptions> options = parse_embed_options(args);
  if (!options.ok()) return exit_with(options.status());
  auto texts = own_texts(args);
  if (!texts.ok()) return exit_with(texts.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());

  Report report{.cpu = cpu_name(), .model = model.value().info(), .result = {}};
  const auto open = open_milliseconds(report.model.path, {.isa = report.model.isa});
  const auto checked =
      open_milliseconds(report.model.path, {.verify_tensors = true, .isa = report.model.isa});
  if (!open.ok() || !checked.ok()) return exit_with((open.ok() ? checked : open).status());
  report.open_ms = open.value();
  report.check_ms = checked.value();

  BenchPlan plan;
  plan.threads = thread_counts(options.value().num_threads);
  plan.own_texts = std::move(texts.value());
  for (const size_t length : kLengths) {
    if (length <= report.model.max_positions) plan.lengths.push_back(length);
  }
  if (args.flag("quick", false)) {
    plan.runs = 3;
    plan.seconds_per_run = 0.02;
    plan.latency_texts = 60;
  }
  auto result = run_bench(model.value(), plan);
  if (!result.ok()) return exit_with(result.status());
  report.result = std::move(result.value());
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  report.peak_memory_kib = usage.ru_maxrss;

  for (const std::string& text : warnings(report.result)) note(text);
  Result<OutputFile> out = OutputFile::create(args.value("output").value_or(""));
  if (!out.ok()) return exit_with(out.status());
  Status status = out.value().write(args.flag("json", false) ? as_json(report) : as_text(report));
  if (status.ok()) status = out.value().commit();
  return out.value().reader_gone() ? kExitDone : exit_with(status);
}

}  // namespace

Command bench_command() {
  using Kind = Option::Kind;
  return {.name = "bench",
          .summary = "Measures a model's speed on this machine, in about a minute.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), input_options(),
                           {{Kind::kFlag, '\0', "json", "", "one JSON object (default: a table)"},
                            {Kind::kFlag, '\0', "quick", "", "a few seconds, and rougher"},
                            {Kind::kValue, 'o', "output", "FILE", "write FILE"},
                            {Kind::kValue, 't', "threads", "N",
                             "as many threads at most (default: the CPUs this process may use)"}},
                           common_options()}),
          .examples = {"linnet bench -m minilm.linnet", "linnet bench -m minilm.linnet texts.txt --json"},
          .run = run_bench_command};
}

}  // namespace linnet::tools
