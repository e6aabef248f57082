// tools/bench_report.h - what `linnet bench` found, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/model.h"
#include "tools/bench_machine.h"
#include "tools/bench_measure.h"

namespace linnet::tools {

struct BenchReport {
  std::string cpu;
  uint32_t cpus = 0;  // of the machine
  ModelInfo model;
  OpenTimes open;
  std::vector<uint64_t> memory_kib;  // with plan.threads[i] threads
  BenchPlan plan;
  BenchResult result;
};

// Why the figures may not be trusted; empty when nothing speaks against them.
std::vector<std::string> warnings(const BenchResult& result);

std::string as_text(const BenchReport& report);
std::string as_json(const BenchReport& report);

}  // namespace linnet::tools
