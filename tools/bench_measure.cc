#include "tools/bench_measure.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "linnet/machine.h"

namespace linnet::tools {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Products and attention of one token: 2 operations a weight of the layers, 4 S h for attention.
double operations_per_token(const ModelInfo& info, double length) {
  const double h = info.hidden_size, f = info.intermediate_size;
  return info.num_layers * (2 * (4 * h * h + 2 * h * f) + 4 * length * h);
}

// One row: its texts, its embedder, the speeds of its runs.
struct Work {
  LengthRow row;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<float> vectors;
  Embedder embedder;
  std::vector<double> speeds;

  // Embeds all texts again and again for `seconds`; tokens a second.
  Result<double> run(double seconds) {
    EmbedStats stats;
    const auto start = Clock::now();
    do {
      if (Status s = embedder.embed(views, vectors, &stats); !s.ok()) return s;
    } while (seconds_since(start) < seconds);
    row.tokens_per_text = static_cast<double>(stats.tokens) / static_cast<double>(stats.texts);
    return static_cast<double>(stats.tokens) / seconds_since(start);
  }
};

Result<Work> make_work(const Model& model, size_t length, uint32_t threads,
                       std::vector<std::string> texts) {
  const auto max_length = static_cast<uint32_t>(length);
  auto embedder = Embedder::create(model, {.max_length = max_length, .num_threads = threads});
  if (!embedder.ok()) return embedder.status();
  Work work{.row = {.length = length, .threads = threads},
            .texts = std::move(texts),
            .views = {},
            .vectors = {},
            .embedder = std::move(embedder.value()),
            .speeds = {}};
  // The longest first, as `embed` does.
  std::stable_sort(work.texts.begin(), work.texts.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  work.views.assign(work.texts.begin(), work.texts.end());
  work.vectors.resize(work.texts.size() * work.embedder.dimension());
  return work;
}

void summarize(Work& work, const ModelInfo& info, double peak) {
  std::vector<double>& speeds = work.speeds;
  std::sort(speeds.begin(), speeds.end());
  Speed& speed = work.row.speed;
  speed.median = speeds[speeds.size() / 2];
  speed.spread = (speeds.back() - speeds.front()) / speed.median;
  if (peak > 0) {
    work.row.share_of_peak = speed.median * operations_per_token(info, work.row.tokens_per_text) /
                             (peak * work.row.threads);
  }
}

Result<Latency> measure_latency(const Model& model, const BenchPlan& plan, size_t count,
                                std::chrono::milliseconds gap) {
  const auto texts = texts_of_length(model, plan.latency_length, 64);
  if (!texts.ok()) return texts.status();
  auto embedder = Embedder::create(model);
  if (!embedder.ok()) return embedder.status();
  std::vector<float> vector(embedder.value().dimension());
  std::vector<double> times;
  for (size_t i = 0; i < count + 16; ++i) {  // 16 to warm up
    const std::string_view text = texts.value()[i % texts.value().size()];
    if (gap.count() > 0) std::this_thread::sleep_for(gap);
    const auto start = Clock::now();
    if (Status s = embedder.value().embed({&text, 1}, vector); !s.ok()) return s;
    if (i >= 16) times.push_back(1e3 * seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  const auto quantile = [&](double q) {
    return times[std::min(times.size() - 1, static_cast<size_t>(q * static_cast<double>(times.size())))];
  };
  return Latency{quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), times.size()};
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
  result.peak_before = measure_fma_peak();
  std::vector<Work> works;
  for (const uint32_t threads : plan.threads) {
    for (const size_t length : plan.lengths) {
      // Enough for every worker to have several chunks of texts.
      auto texts = texts_of_length(model, length, std::max<size_t>(8, 2048 * threads / length));
      if (!texts.ok()) return texts.status();
      auto work = make_work(model, length, threads, std::move(texts.value()));
      if (!work.ok()) return work.status();
      works.push_back(std::move(work.value()));
    }
    if (!plan.own_texts.empty()) {
      auto work = make_work(model, 0, threads, plan.own_texts);
      if (!work.ok()) return work.status();
      works.push_back(std::move(work.value()));
    }
  }
  for (int run = -1; run < plan.runs; ++run) {  // the first warms up
    for (Work& work : works) {
      const auto speed = work.run(run < 0 ? 0 : plan.seconds_per_run);
      if (!speed.ok()) return speed.status();
      if (run >= 0) work.speeds.push_back(speed.value());
    }
  }
  const auto back_to_back = measure_latency(model, plan, plan.latency_texts, {});
  if (!back_to_back.ok()) return back_to_back.status();
  result.back_to_back = back_to_back.value();
  const auto with_gaps =
      measure_latency(model, plan, plan.latency_texts / 3, std::chrono::milliseconds(10));
  if (!with_gaps.ok()) return with_gaps.status();
  result.with_gaps = with_gaps.value();
  result.peak_after = measure_fma_peak();
  for (Work& work : works) {
    summarize(work, model.info(), std::max(result.peak_before, result.peak_after));
    result.rows.push_back(work.row);
  }
  return result;
}

}  // namespace linnet::tools
