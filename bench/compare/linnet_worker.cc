// linnet_worker MODEL THREADS: Linnet's library behind the protocol of bench/compare/README.md, as worker.py
// is for the peers: a request is a line of JSON on standard input, an answer one on standard output.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/linnet.h"
#include "linnet/machine.h"
#include "linnet/model.h"

namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

Json failed(const std::string& why) { return {{"error", why}}; }

class Worker {
 public:
  explicit Worker(linnet::Embedder embedder) : embedder_(std::move(embedder)) {}

  Json answer(const Json& request) {
    const std::string op = request.value("op", "");
    if (op == "texts") return read_texts(request.value("path", ""));
    if (op == "work") return {{"tokens", tokens_}, {"computed", tokens_}};  // nothing is padded
    if (op == "embed") return embed(request.value("out", ""), request.value("batch", 0U));
    if (op == "time") return measure(request.value("seconds", 1.0));
    if (op == "latency") return latency(request.value("seconds", 1.0), request.value("most", 1000U));
    if (op == "memory") return memory();
    if (op == "peak") return {{"flops", linnet::measure_fma_peak()}};
    return failed("unknown op '" + op + "'");
  }

 private:
  // One text a line. Longest first, as the program `linnet embed` orders its windows.
  Json read_texts(const std::string& path) {
    std::ifstream file(path);
    if (!file) return failed(path + ": cannot be opened");
    texts_.clear();
    for (std::string line; std::getline(file, line);) texts_.push_back(line);
    order_.resize(texts_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](size_t a, size_t b) { return texts_[a].size() > texts_[b].size(); });
    vectors_.resize(texts_.size() * embedder_.dimension());
    linnet::EmbedStats stats;
    if (Json error = pass(&stats); !error.is_null()) return error;
    tokens_ = stats.tokens;
    return {{"texts", texts_.size()}};
  }

  // Embeds all texts in one call; null, or what went wrong.
  Json pass(linnet::EmbedStats* stats) {
    std::vector<std::string_view> views;
    views.reserve(order_.size());
    for (const size_t i : order_) views.emplace_back(texts_[i]);
    const linnet::Status status = embedder_.embed(views, vectors_, stats);
    return status.ok() ? Json() : failed(status.message);
  }

  // Vectors in the order of the texts, little-endian float32. batch 1: one text a call; else all in one.
  Json embed(const std::string& out, unsigned batch) {
    const size_t dim = embedder_.dimension();
    std::vector<float> vectors(texts_.size() * dim);
    if (batch == 1) {
      for (size_t i = 0; i < texts_.size(); ++i) {
        const std::string_view text = texts_[i];
        const linnet::Status status = embedder_.embed({&text, 1}, {&vectors[i * dim], dim});
        if (!status.ok()) return failed(status.message);
      }
    } else {
      if (Json error = pass(nullptr); !error.is_null()) return error;
      for (size_t k = 0; k < order_.size(); ++k) {
        std::copy_n(&vectors_[k * dim], dim, &vectors[order_[k] * dim]);
      }
    }
    std::ofstream file(out, std::ios::binary);
    file.write(reinterpret_cast<const char*>(vectors.data()),
               static_cast<std::streamsize>(vectors.size() * sizeof(float)));
    if (!file.flush()) return failed(out + ": cannot be written");
    return {{"dimension", dim}};
  }

  Json measure(double seconds) {
    size_t passes = 0;
    const double cpu = cpu_seconds();
    const auto start = Clock::now();
    do {
      if (Json error = pass(nullptr); !error.is_null()) return error;
      ++passes;
    } while (seconds_since(start) < seconds);
    const double took = seconds_since(start);
    return {{"seconds", took}, {"cpu_seconds", cpu_seconds() - cpu}, {"texts", passes * texts_.size()}};
  }

  Json latency(double seconds, unsigned most) {
    std::vector<double> milliseconds;
    std::vector<float> vector(embedder_.dimension());
    const auto begin = Clock::now();
    for (size_t i = 0; i < most && (i < 20 || seconds_since(begin) < seconds); ++i) {
      const std::string_view text = texts_[i % texts_.size()];
      const auto start = Clock::now();
      const linnet::Status status = embedder_.embed({&text, 1}, vector);
      if (!status.ok()) return failed(status.message);
      milliseconds.push_back(1e3 * seconds_since(start));
    }
    return {{"milliseconds", milliseconds}};
  }

  // Of this process, KiB.
  static Json memory() {
    Json answer;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) answer["peak"] = std::strtol(line.c_str() + 6, nullptr, 10);
    }
    return answer;
  }

  linnet::Embedder embedder_;
  std::vector<std::string> texts_;
  std::vector<size_t> order_;   // longest first
  std::vector<float> vectors_;  // in that order
  uint64_t tokens_ = 0;
};

int fail(const std::string& why) {
  std::cout << failed(why).dump() << std::endl;
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("usage: linnet_worker MODEL THREADS");
  const auto start = Clock::now();
  const auto model = linnet::Model::open(argv[1]);
  if (!model.ok()) return fail(model.status().message);
  const auto threads = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  auto embedder = linnet::Embedder::create(model.value(), {.num_threads = threads});
  if (!embedder.ok()) return fail(embedder.status().message);
  const linnet::ModelInfo& info = model.value().info();
  std::cout << Json{{"load_seconds", seconds_since(start)},
                    {"version", linnet_version()},
                    {"detail", info.precision + ", kernels " + info.isa}}
                   .dump()
            << std::endl;

  Worker worker(std::move(embedder.value()));
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line, nullptr, false);
    std::cout << (request.is_object() ? worker.answer(request) : failed("not JSON: " + line)).dump()
              << std::endl;
  }
}
