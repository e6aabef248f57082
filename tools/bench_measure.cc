#include "tools/bench_measure.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <span>
#include <thread>

#include "linnet/machine.h"
#include "tools/bench_machine.h"

namespace linnet::tools {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of one token at the peak of the model's precision: 2 operations a weight of the layers' matrices, and for attention
// 4 S a column of what it gives. (An int8 model attends in fp32 to the shortest texts, where that is next to nothing.)
double least_seconds_per_token(const ModelInfo& info, double length, double peak) {
  double weights = 0, attention_columns = 0;
  for (const StoredTensor& tensor : info.stored) {
    if (!tensor.name.starts_with("layers.") || !tensor.layout.ends_with("panels")) continue;
    weights += static_cast<double>(tensor.rows * tensor.cols);
    if (tensor.name.ends_with(".attention_output.weight")) attention_columns += static_cast<double>(tensor.cols);
  }
  return (2 * weights + 4 * length * attention_columns) / peak;
}

// The better of what is known and a new measurement: anything else that runs can only make it less.
void measure_peaks(const ModelInfo& info, const BenchPlan& plan, BenchResult& result) {
  const auto improve = [&](std::vector<double>& peaks, double (*measure)(const std::string& isa)) {
    peaks.resize(plan.threads.size());
    for (size_t i = 0; i < peaks.size(); ++i) {
      peaks[i] = std::max(peaks[i], peak_of(plan.threads[i], info.isa, measure));
    }
  };
  improve(result.fma_peaks, measure_fma_peak);
  if (info.precision == "int8") improve(result.int8_peaks, measure_int8_peak);
}

// The value that a share `q` of the sorted values does not exceed.
double quantile(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(sorted.size() - 1, rank)];
}

// Texts and an embedder for them.
struct Work {
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<float> vectors;
  Embedder embedder;
  EmbedStats stats = {};  // of the last run

  // Embeds all texts again and again for `seconds`; tokens a second.
  Result<double> run(double seconds) {
    stats = {};
    const auto start = Clock::now();
    do {
      if (Status s = embedder.embed(views, vectors, &stats); !s.ok()) return s;
    } while (seconds_since(start) < seconds);
    return static_cast<double>(stats.tokens) / seconds_since(start);
  }
};

// length 0: own_texts, up to the model's length.
Result<Work> make_work(const Model& model, const BenchPlan& plan, size_t length,
                       const EmbedOptions& options) {
  std::vector<std::string> texts = plan.own_texts;
  if (length > 0) {
    // Two chunks for every worker.
    auto made = texts_of_length(model, length, std::max<size_t>(4, 512 / length) * options.num_threads);
    if (!made.ok()) return made.status();
    texts = std::move(made.value());
  }
  EmbedOptions with_length = options;
  with_length.max_length = static_cast<uint32_t>(length);
  auto embedder = Embedder::create(model, with_length);
  if (!embedder.ok()) return embedder.status();
  Work work{.texts = std::move(texts), .views = {}, .vectors = {}, .embedder = std::move(embedder.value())};
  // The longest first, as `embed` does.
  std::stable_sort(work.texts.begin(), work.texts.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  work.views.assign(work.texts.begin(), work.texts.end());
  work.vectors.resize(work.texts.size() * work.embedder.dimension());
  return work;
}

double tokens_per_text(const EmbedStats& stats) {
  return static_cast<double>(stats.tokens) / static_cast<double>(stats.texts);
}

void summarize(Speed& speed) {
  std::vector<double> sorted = speed.runs;
  std::sort(sorted.begin(), sorted.end());
  speed.median = quantile(sorted, 0.5);
  speed.spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / speed.median;
}

// All rows again and again, one run of each at a time, with the peak measured in between.
Status measure_speed(const Model& model, const BenchPlan& plan, BenchResult& result) {
  std::vector<size_t> lengths = plan.lengths;
  if (!plan.own_texts.empty()) lengths.push_back(0);
  std::vector<Work> works;
  for (const uint32_t threads : plan.threads) {
    for (const size_t length : lengths) {
      auto work = make_work(model, plan, length, {.num_threads = threads});
      if (!work.ok()) return work.status();
      works.push_back(std::move(work.value()));
      result.rows.push_back({.length = length, .threads = threads});
    }
  }
  for (Work& work : works) {  // warms up
    if (const auto speed = work.run(0); !speed.ok()) return speed.status();
  }
  const double seconds = plan.seconds / static_cast<double>(works.size()) / plan.most_runs;
  double wall = 0, cpu = 0;  // with one thread
  const auto start = Clock::now();
  for (int run = 0; run < plan.most_runs; ++run) {
    if (run >= plan.least_runs && seconds_since(start) > plan.seconds) break;
    result.peaks.push_back(measure_fma_peak(model.info().isa));
    for (size_t i = 0; i < works.size(); ++i) {
      const auto run_start = Clock::now();
      const double cpu_start = process_cpu_seconds();
      const auto speed = works[i].run(seconds);
      if (!speed.ok()) return speed.status();
      result.rows[i].speed.runs.push_back(speed.value());
      result.rows[i].tokens_per_text = tokens_per_text(works[i].stats);
      if (result.rows[i].threads > 1) continue;
      wall += seconds_since(run_start);
      cpu += process_cpu_seconds() - cpu_start;
    }
  }
  result.cpu_share = wall > 0 ? std::min(1.0, cpu / wall) : 1;
  return {};
}

void compare(const ModelInfo& info, const BenchPlan& plan, BenchResult& result) {
  for (LengthRow& row : result.rows) summarize(row.speed);
  for (LengthRow& row : result.rows) {
    for (const LengthRow& other : result.rows) {
      if (other.length == row.length && other.threads == 1) row.scaling = row.speed.median / other.speed.median;
    }
    const auto place = std::find(plan.threads.begin(), plan.threads.end(), row.threads);
    const auto i = static_cast<size_t>(place - plan.threads.begin());
    const double peak = result.int8_peaks.empty() ? result.fma_peaks[i] : result.int8_peaks[i];
    if (peak > 0) row.share_of_peak = row.speed.median * least_seconds_per_token(info, row.tokens_per_text, peak);
  }
}

Result<Latency> measure_latency(const Model& model, const BenchPlan& plan, uint32_t threads, uint32_t gap) {
  auto work = make_work(model, plan, plan.own_texts.empty() ? plan.latency_length : 0,
                        {.num_threads = threads});
  if (!work.ok()) return work.status();
  auto& [texts, views, vectors, embedder, stats] = work.value();
  const std::span<float> vector(vectors.data(), embedder.dimension());
  constexpr size_t kWarmUp = 16, kLeast = 100;
  std::vector<double> times;
  const auto begin = Clock::now();
  for (size_t i = 0; times.size() < plan.latency_texts; ++i) {
    if (times.size() >= kLeast && seconds_since(begin) > plan.latency_seconds) break;
    if (gap > 0) std::this_thread::sleep_for(std::chrono::milliseconds(gap));
    const auto start = Clock::now();
    if (Status s = embedder.embed({&views[i % views.size()], 1}, vector, &stats); !s.ok()) return s;
    if (i >= kWarmUp) times.push_back(1e3 * seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  return Latency{.threads = threads,
                 .gap = gap,
                 .tokens_per_text = tokens_per_text(stats),
                 .count = times.size(),
                 .p50 = quantile(times, 0.5),
                 .p90 = quantile(times, 0.9),
                 .p99 = quantile(times, 0.99),
                 .p999 = times.size() < 1000 ? 0 : quantile(times, 0.999)};
}

Status measure_parts(const Model& model, const BenchPlan& plan, BenchResult& result) {
  for (const LengthRow& row : result.rows) {
    if (row.threads != 1) continue;
    auto timed = make_work(model, plan, row.length, {.num_threads = 1, .profile = true});
    auto plain = make_work(model, plan, row.length, {.num_threads = 1});
    if (!timed.ok() || !plain.ok()) return (timed.ok() ? plain : timed).status();
    const double seconds = plan.seconds / 200;
    PartsRow parts{.length = row.length};
    double with = 0, without = 0;
    for (int run = -1; run < 3; ++run) {  // the first warms up
      const auto fast = plain.value().run(seconds), slow = timed.value().run(seconds);
      if (!fast.ok() || !slow.ok()) return (fast.ok() ? slow : fast).status();
      if (run < 0) continue;
      without = std::max(without, fast.value());
      with = std::max(with, slow.value());
      parts.tokens += static_cast<double>(timed.value().stats.tokens);
      for (size_t i = 0; i < kNumParts; ++i) {
        parts.profile.seconds[i] += timed.value().stats.profile.seconds[i];
      }
    }
    parts.slowdown = without / with - 1;
    result.parts.push_back(parts);
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> texts_of_length(const Model& model, size_t length, size_t count) {
  const Tokenizer& tokenizer = model.tokenizer();
  std::vector<std::string> words;  // of one token each
  for (uint32_t id = 0; id < tokenizer.info().vocab_size; ++id) {
    const std::string_view token = tokenizer.token(static_cast<int32_t>(id));
    const bool letters = token.size() > 2 && std::all_of(token.begin(), token.end(), [](char c) {
      return c >= 'a' && c <= 'z';
    });
    if (letters) words.emplace_back(token);
  }
  Encoding encoding;
  if (Status s = tokenizer.encode("", {}, encoding); !s.ok()) return s;
  const size_t specials = encoding.ids.size();
  if (words.empty() || length < specials) {
    return Status{Code::kUnsupported, "this vocabulary has no plain words to make texts of"};
  }
  std::minstd_rand random(1);
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    for (size_t i = specials; i < length; ++i) text += words[random() % words.size()] + " ";
    if (Status s = tokenizer.encode(text, {}, encoding); !s.ok()) return s;
    if (encoding.ids.size() != length) {
      return Status{Code::kUnsupported, "the tokenizer does not keep the vocabulary's own words whole"};
    }
  }
  return texts;
}

Result<BenchResult> run_bench(const Model& model, const BenchPlan& plan) {
  BenchResult result;
  result.peaks.push_back(measure_fma_peak(model.info().isa));
  measure_peaks(model.info(), plan, result);
  if (Status status = measure_speed(model, plan, result); !status.ok()) return status;
  for (const uint32_t threads : plan.threads) {
    if (threads != 1 && threads != plan.threads.back()) continue;
    for (const uint32_t gap : {0u, 10u}) {
      const auto latency = measure_latency(model, plan, threads, gap);
      if (!latency.ok()) return latency.status();
      result.latencies.push_back(latency.value());
    }
  }
  if (plan.profile) {
    if (Status status = measure_parts(model, plan, result); !status.ok()) return status;
  }
  result.peaks.push_back(measure_fma_peak(model.info().isa));
  measure_peaks(model.info(), plan, result);
  compare(model.info(), plan, result);
  return result;
}

}  // namespace linnet::tools
