// tools/bench_measure.h - the measurements of `linnet bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet::tools {

// Repeated runs of the same work, tokens a second of each in the order they ran.
struct Speed {
  std::vector<double> runs;
  double median = 0;
  double spread = 0;  // (third quartile - first) / median
};

struct LengthRow {
  size_t length = 0;      // tokens of each text, special ones included; 0: the user's own texts
  uint32_t threads = 1;
  double tokens_per_text = 0;
  Speed speed = {};
  double share_of_peak = 0;  // time that products and attention take at the peak of that many threads
                             // (int8 products at the int8 peak), of the time they took; 0: unknown
  double scaling = 1;        // speed / that of one thread
};

struct Latency {  // of one text at a time, milliseconds
  uint32_t threads = 1;
  uint32_t gap = 0;  // milliseconds of sleep before each text
  double tokens_per_text = 0;
  size_t count = 0;
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0;  // p999: 0 when `count` < 1000
};

struct PartsRow {  // one thread
  size_t length = 0;           // as in LengthRow
  double tokens = 0;
  Profile profile = {};
  double slowdown = 0;         // by the timing itself: 0.05 is 5 %
};

struct BenchPlan {
  std::vector<size_t> lengths;
  std::vector<uint32_t> threads;
  std::vector<std::string> own_texts;
  double seconds = 30;        // of all rows of speed together
  int least_runs = 3, most_runs = 9;  // of each row, interleaved: a disturbance hits all rows alike
  size_t latency_length = 15;
  size_t latency_texts = 2000;
  double latency_seconds = 8;  // at most, of each row of latencies, and 100 texts at least
  bool profile = false;
};

struct BenchResult {
  std::vector<LengthRow> rows;
  std::vector<Latency> latencies;
  std::vector<PartsRow> parts;
  std::vector<double> peaks;   // FMA operations a second of one core: before, between the runs, after
  std::vector<double> fma_peaks;   // of plan.threads[i] threads at once
  std::vector<double> int8_peaks;  // the same, of an int8 model; else empty
  double cpu_share = 1;        // CPU time / time of the runs with one thread: less than 1 is a busy machine
};

// Texts of exactly `length` tokens, of random words of the vocabulary.
Result<std::vector<std::string>> texts_of_length(const Model& model, size_t length, size_t count);

Result<BenchResult> run_bench(const Model& model, const BenchPlan& plan);

}  // namespace linnet::tools
