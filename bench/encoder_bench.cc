// encoder_bench MODEL [Google Benchmark's options]: texts of a fixed length through the whole encoder, one
// thread. The share of the peak counts the matrix products alone: 2 x parameters of the layers, and 4 S h
// for attention, a token and layer.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peak_share.h"
#include "linnet/embedder.h"

namespace linnet::bench {
namespace {

double operations_per_token(const ModelInfo& info, double length) {
  const double h = info.hidden_size, f = info.intermediate_size;
  return info.num_layers * (2 * (4 * h * h + 2 * h * f) + 4 * length * h);
}

void encode(benchmark::State& state, const Model& model, size_t num_texts) {
  const auto length = static_cast<size_t>(state.range(0));
  std::string text;
  for (size_t i = 2; i < length; ++i) text += "time ";  // one token each, and [CLS], [SEP]
  const std::vector<std::string_view> texts(num_texts, text);
  auto embedder = Embedder::create(model, {.max_length = static_cast<uint32_t>(length)});
  if (!embedder.ok()) return state.SkipWithError(embedder.status().message.c_str());
  std::vector<float> vectors(num_texts * embedder.value().dimension());
  EmbedStats stats;
  for (auto _ : state) {
    const Status status = embedder.value().embed(texts, vectors, &stats);
    if (!status.ok()) return state.SkipWithError(status.message.c_str());
  }
  const auto tokens = static_cast<double>(stats.tokens);
  state.counters["tokens/s"] = benchmark::Counter(tokens, benchmark::Counter::kIsRate);
  count_flops(state, operations_per_token(model.info(), static_cast<double>(length)) * tokens /
                         static_cast<double>(state.iterations()));
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: encoder_bench MODEL [--benchmark_...]\n");
    return 2;
  }
  const linnet::Result<linnet::Model> model = linnet::Model::open(argv[1]);
  if (!model.ok()) {
    std::fprintf(stderr, "encoder_bench: %s\n", model.status().message.c_str());
    return 1;
  }
  linnet::bench::fma_peak();
  for (const int64_t length : {8, 15, 32, 64, 160, 256, 512}) {
    if (length > model.value().info().max_positions) continue;
    benchmark::RegisterBenchmark("texts", [&](benchmark::State& state) {
      linnet::bench::encode(state, model.value(), 64);
    })->Arg(length)->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("one_text", [&](benchmark::State& state) {
    linnet::bench::encode(state, model.value(), 1);
  })->Arg(15)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
