// The kernels of every tier on MiniLM's shapes. GEMM: "hot" uses one matrix again and again, "cold" goes
// through all matrices of a six-layer model, as in use.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "bench/peak_share.h"
#include "kernels/kernels.h"

namespace linnet::bench {
namespace {

constexpr size_t kLayers = 6;

base::AlignedBuffer<float> random_floats(size_t n) {
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  base::AlignedBuffer<float> values(n);
  for (size_t i = 0; i < n; ++i) values.data()[i] = normal(engine);
  return values;
}

struct GemmShape {
  const char* name;
  size_t k, n;
};
constexpr GemmShape kShapes[] = {{"qkv", 384, 1152}, {"output", 384, 384}, {"up", 384, 1536},
                                 {"down", 1536, 384}};

void gemm(benchmark::State& state, const kernels::Kernels& kernels, GemmShape shape, size_t matrices) {
  const auto m = static_cast<size_t>(state.range(0));
  const size_t lda = shape.k + 16, ldc = shape.n + 16, size = shape.k * shape.n;
  const auto a = random_floats(m * lda), b = random_floats(matrices * size);
  base::AlignedBuffer<float> c(m * ldc);
  size_t matrix = 0;
  for (auto _ : state) {
    kernels.gemm_f32(a.data(), lda, m, b.data() + matrix * size, shape.n / 16, shape.k, c.data(), ldc);
    matrix = (matrix + 1) % matrices;
  }
  count_flops(state, 2.0 * static_cast<double>(m * size));
}

void gemm_s8(benchmark::State& state, const kernels::Kernels& kernels, GemmShape shape, size_t matrices) {
  const auto m = static_cast<size_t>(state.range(0));
  const size_t lda = shape.k + 64, ldc = shape.n + 16, size = shape.k * shape.n;
  base::AlignedBuffer<uint8_t> a(m * lda);
  base::AlignedBuffer<int8_t> b(matrices * size);
  std::mt19937 engine(1);
  for (size_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<uint8_t>(engine());
  for (size_t i = 0; i < b.size(); ++i) b.data()[i] = static_cast<int8_t>(engine() % 129 - 64);
  const std::vector<float> scale(shape.n, 0.01f), bias(shape.n);
  const std::vector<int32_t> sums(shape.n, 5);
  std::vector<float> row_scale(m, 0.1f);
  std::vector<int32_t> zero(m, 100);
  base::AlignedBuffer<float> c(m * ldc);
  size_t matrix = 0;
  for (auto _ : state) {
    kernels.gemm_s8({a.data(), lda, row_scale.data(), zero.data()}, m,
                    {b.data() + matrix * size, shape.n / 16, shape.k, scale.data(), sums.data(),
                     bias.data()}, c.data(), ldc);
    matrix = (matrix + 1) % matrices;
  }
  state.counters["GOP/s"] = benchmark::Counter(
      2e-9 * static_cast<double>(m * size) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}

constexpr size_t kRows = 60;

// One pass over kRows x n; the input is laid down anew each time, which is part of the time.
template <typename Pass>
void row_pass(benchmark::State& state, size_t n, Pass pass) {
  const auto x = random_floats(kRows * n);
  base::AlignedBuffer<float> y(kRows * n);
  for (auto _ : state) {
    std::copy_n(x.data(), kRows * n, y.data());
    pass(y.data());
    benchmark::ClobberMemory();
  }
  const double elements = static_cast<double>(kRows * n) * static_cast<double>(state.iterations());
  state.counters["ns/element"] =
      benchmark::Counter(elements / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void register_row_passes(const kernels::Kernels& k, const std::string& tier) {
  static const auto bias = random_floats(2048);
  static base::AlignedBuffer<float> sums(kRows);
  benchmark::RegisterBenchmark((tier + "/gelu/1536").c_str(), [&k](benchmark::State& state) {
    row_pass(state, 1536, [&](float* x) { k.add_bias_gelu(x, 1536, kRows, 1536, bias.data()); });
  });
  static base::AlignedBuffer<uint8_t> bytes(kRows * 1600);
  static std::vector<int32_t> zero(kRows);
  static const kernels::QuantizedRows quantized{bytes.data(), 1600, sums.data(), zero.data()};
  benchmark::RegisterBenchmark((tier + "/gelu_quantize/1536").c_str(), [&k](benchmark::State& state) {
    row_pass(state, 1536, [&](float* x) { k.gelu_quantize(x, 1536, kRows, 1536, bias.data(), quantized); });
  });
  for (const size_t n : {384, 1536}) {
    benchmark::RegisterBenchmark((tier + "/quantize/" + std::to_string(n)).c_str(),
                                 [&k, n](benchmark::State& state) {
      row_pass(state, n, [&](float* x) { k.quantize_rows(x, n, kRows, n, bias.data(), quantized); });
    });
  }
  benchmark::RegisterBenchmark((tier + "/quantize_queries/32").c_str(), [&k](benchmark::State& state) {
    row_pass(state, 32, [&](float* x) { k.quantize_queries(x, 32, kRows, 32, quantized); });
  });
  benchmark::RegisterBenchmark((tier + "/layer_norm/384").c_str(), [&k](benchmark::State& state) {
    row_pass(state, 384, [&](float* x) {
      k.add_bias_residual_layer_norm(x, 384, bias.data(), x, 384, bias.data(), bias.data(), 1e-12f, x,
                                     384, kRows, 384);
    });
  });
  for (const size_t n : {16, 160, 512}) {
    benchmark::RegisterBenchmark((tier + "/softmax/" + std::to_string(n)).c_str(),
                                 [&k, n](benchmark::State& state) {
      row_pass(state, n, [&](float* x) {
        k.softmax_unnormalized(x, n, kRows, n, 0.17f, sums.data());
      });
    });
    benchmark::RegisterBenchmark((tier + "/softmax_split14/" + std::to_string(n)).c_str(),
                                 [&k, n](benchmark::State& state) {
      static base::AlignedBuffer<uint8_t> parts(2 * kRows * 512);
      row_pass(state, n, [&](float* x) { k.softmax_split14(x, n, kRows, n, 0.17f, parts.data(), 512, sums.data()); });
    });
  }
}

void register_all() {
  for (size_t i = kernels::kNumIsas; i-- > 0;) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const kernels::Kernels& k = kernels::kernels_for(isa);
    const std::string tier = kernels::isa_name(isa);
    for (const GemmShape& shape : kShapes) {
      for (const bool cold : {true, false}) {
        const std::string name = tier + "/gemm_" + shape.name + (cold ? "/cold" : "/hot");
        benchmark::RegisterBenchmark(name.c_str(), [&k, shape, cold](benchmark::State& state) {
          gemm(state, k, shape, cold ? kLayers : 1);
        })->Arg(1)->Arg(4)->Arg(16)->Arg(60);
        const std::string s8 = tier + "/gemm_s8_" + shape.name + (cold ? "/cold" : "/hot");
        benchmark::RegisterBenchmark(s8.c_str(), [&k, shape, cold](benchmark::State& state) {
          gemm_s8(state, k, shape, cold ? kLayers : 1);
        })->Arg(1)->Arg(4)->Arg(16)->Arg(60);
      }
    }
    register_row_passes(k, tier);
  }
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  linnet::bench::fma_peak();
  linnet::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
