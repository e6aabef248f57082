// tools/bench_measure.h - the measurements of `linnet bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet::tools {

// Repeated runs of the same work.
struct Speed {
  double median = 0;  // tokens a second
  double spread = 0;  // (largest - least) / median
};

struct LengthRow {
  size_t length = 0;      // tokens of each text, special ones included; 0: the user's own texts
  uint32_t threads = 1;
  double tokens_per_text = 0;
  Speed speed = {};
  double share_of_peak = 0;  // products and attention, of threads x the peak of one core; 0: unknown
};

struct Latency {  // of one text at a time, milliseconds
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0;
  size_t count = 0;
};

struct BenchPlan {
  std::vector<size_t> lengths;
  std::vector<uint32_t> threads;
  std::vector<std::string> own_texts;
  double seconds_per_run = 0.25;
  int runs = 5;               // of each row, interleaved: a disturbance hits all rows alike
  size_t latency_length = 15;
  size_t latency_texts = 1000;
};

struct BenchResult {
  std::vector<LengthRow> rows;
  Latency back_to_back, with_gaps;  // with_gaps: 10 ms between texts
  double peak_before = 0, peak_after = 0;  // FMA operations a second of one core
};

// Texts of exactly `length` tokens, of random words of the vocabulary.
Result<std::vector<std::string>> texts_of_length(const Model& model, size_t length, size_t count);

Result<BenchResult> run_bench(const Model& model, const BenchPlan& plan);

}  // namespace linnet::tools
