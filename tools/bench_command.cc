// linnet bench: how fast a model is on this machine.
#include <algorithm>
#include <thread>

#include "linnet/machine.h"
#include "tools/bench_report.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/output_file.h"

namespace linnet::tools {
namespace {

constexpr size_t kLengths[] = {8, 16, 32, 64, 128, 256, 512};

Result<std::vector<std::string>> own_texts(const Arguments& args) {
  if (args.files().empty() && args.values("text").empty()) return std::vector<std::string>();
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return input.status();
  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return reader.status();
  std::vector<std::string> texts;
  constexpr size_t kEnough = 4096;
  const Result<bool> read = read_texts(reader.value(), kEnough, SIZE_MAX, texts);
  if (!read.ok()) return read.status();
  if (texts.empty()) return Status{Code::kCorrupt, "the input has no texts"};
  return texts;
}

// 1, 2, 4, ... and the number itself.
std::vector<uint32_t> thread_counts(uint32_t most) {
  std::vector<uint32_t> counts;
  for (uint32_t n = 1; n < most; n *= 2) counts.push_back(n);
  counts.push_back(most);
  return counts;
}

BenchPlan make_plan(const ModelInfo& info, const Arguments& args, uint32_t threads) {
  BenchPlan plan;
  plan.threads = thread_counts(threads);
  plan.profile = args.flag("profile", false);
  for (const size_t length : kLengths) {
    if (length <= info.max_positions) plan.lengths.push_back(length);
  }
  plan.latency_length = std::min<size_t>(plan.latency_length, info.max_positions);
  if (args.flag("quick", false)) {
    plan.seconds = 2;
    plan.most_runs = 3;
    plan.latency_texts = 100;
    plan.latency_seconds = 1;
  }
  return plan;
}

// What has to be measured while this process is small and has one thread: memory, by processes of their own; and
// opening, with `text`.
Status measure_start(const OpenOptions& options, const std::string& text, BenchReport& report) {
  const std::string& path = report.model.path;
  for (const uint32_t threads : report.plan.threads) {
    const auto memory = measure_memory(path, options, threads, report.model.max_length);
    if (!memory.ok()) return memory.status();
    report.memory_kib.push_back(memory.value());
  }
  const auto open = measure_open(path, options, text);
  if (!open.ok()) return open.status();
  report.open = open.value();
  return {};
}

int run_bench_command(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<EmbedOptions> options = parse_embed_options(args);
  if (!options.ok()) return exit_with(options.status());
  auto texts = own_texts(args);
  if (!texts.ok()) return exit_with(texts.status());
  Result<OutputFile> out = OutputFile::create(args.value("output").value_or(""));  // no minute for nothing
  if (!out.ok()) return exit_with(out.status());
  BenchReport report;
  report.cpu = cpu_name();
  report.cpus = std::thread::hardware_concurrency();
  std::string text;
  {
    const Result<Model> model = open_model(name.value(), args, 1);
    if (!model.ok()) return exit_with(model.status());
    report.model = model.value().info();
    report.plan = make_plan(report.model, args, options.value().num_threads);
    auto made = texts_of_length(model.value(), report.plan.latency_length, 1);
    if (!made.ok()) return exit_with(made.status());
    text = std::move(made.value().front());
  }
  report.plan.own_texts = std::move(texts.value());
  const Result<OpenOptions> as_asked = parse_open_options(args);
  if (!as_asked.ok()) return exit_with(as_asked.status());
  Status status = measure_start(as_asked.value(), text, report);
  if (!status.ok()) return exit_with(status);

  const Result<Model> model = Model::open(report.model.path, as_asked.value());
  if (!model.ok()) return exit_with(model.status());
  auto result = run_bench(model.value(), report.plan);
  if (!result.ok()) return exit_with(result.status());
  report.result = std::move(result.value());

  const bool json = args.flag("json", false);
  if (json) {
    for (const std::string& warning : warnings(report.result)) note(warning);
  }
  status = out.value().write(json ? as_json(report) : as_text(report));
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
                           {{Kind::kFlag, '\0', "json", "", "one JSON object, every run in it (default: tables)"},
                            {Kind::kFlag, '\0', "profile", "", "the time per part: gemm, attention, ..."},
                            {Kind::kFlag, '\0', "quick", "", "a few seconds, and rougher"},
                            {Kind::kValue, 'o', "output", "FILE", "write FILE"},
                            {Kind::kValue, 't', "threads", "N",
                             "as many threads at most (default: the CPUs this process may use)"}},
                           common_options()}),
          .examples = {"linnet bench -m minilm.linnet", "linnet bench -m minilm.linnet texts.txt --json"},
          .run = run_bench_command};
}

}  // namespace linnet::tools
