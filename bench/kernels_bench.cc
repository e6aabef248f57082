// The kernels of every tier on MiniLM's shapes. GEMM: "hot" uses one matrix again and again, "cold" goes
// through all matrices of a six-layer model, as in use.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
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

// What passes read and write besides their rows.
struct Operands {
  base::AlignedBuffer<float> factors = random_floats(2048), table = random_floats(kRows * 384),
                             y{kRows * 1536}, sums{kRows * 32};
  base::AlignedBuffer<uint8_t> bytes{2 * kRows * 1600};
  std::vector<int32_t> zero = std::vector<int32_t>(kRows * 32), ids = std::vector<int32_t>(kRows, 7);
  kernels::QuantizedRows quantized() { return {bytes.data(), 1600, sums.data(), zero.data()}; }
};

using Kernel = const kernels::Kernels&;
using Pass = void (*)(Kernel k, float* x, size_t n, Operands& o);  // x [kRows, n]

// f(x + bias), and a gated feed-forward's f(x + bias) * y, x and y half a row each.
template <auto Entry>
void biased(Kernel k, float* x, size_t n, Operands& o) { (k.*Entry)(x, n, kRows, n, o.factors.data()); }
template <auto Entry>
void gate(Kernel k, float* x, size_t n, Operands& o) { (k.*Entry)(x, n, kRows, n / 2, o.factors.data()); }
template <auto Entry>
void pool(Kernel k, float* x, size_t n, Operands& o) { (k.*Entry)(x, n, kRows, n, o.y.data()); }

using K = kernels::Kernels;
constexpr struct {
  const char* name;
  std::initializer_list<size_t> columns;
  Pass pass;
} kPasses[] = {
    {"bias", {384}, biased<&K::add_bias>},
    {"gelu", {1536}, biased<&K::add_bias_gelu>},
    {"gelu_tanh", {1536}, biased<&K::add_bias_gelu_tanh>},
    {"relu", {1536}, biased<&K::add_bias_relu>},
    {"silu", {1536}, biased<&K::add_bias_silu>},
    {"sigmoid", {384}, biased<&K::add_bias_sigmoid>},
    {"tanh", {384}, biased<&K::add_bias_tanh>},
    {"log1p_relu", {1536}, [](Kernel k, float* x, size_t n, Operands&) { k.log1p_relu(x, n, kRows, n); }},
    {"gate_gelu", {1536}, gate<&K::gate_gelu>},
    {"gate_gelu_tanh", {1536}, gate<&K::gate_gelu_tanh>},
    {"gate_relu", {1536}, gate<&K::gate_relu>},
    {"gate_silu", {1536}, gate<&K::gate_silu>},
    {"gelu_quantize", {1536}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.gelu_quantize(x, n, kRows, n, o.factors.data(), o.quantized());
     }},
    {"quantize", {384, 1536}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.quantize_rows(x, n, kRows, n, o.factors.data(), o.quantized());
     }},
    {"layer_norm", {384}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.add_bias_residual_layer_norm(x, n, o.factors.data(), x, n, o.factors.data(), o.factors.data(), 1e-12f, x, n,
                                      kRows, n);
     }},
    {"layer_norm_quantize", {384}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.residual_layer_norm_quantize(x, n, x, n, o.factors.data(), o.factors.data(), 1e-12f, x, n, kRows, n,
                                      o.factors.data(), o.quantized());
     }},
    {"no_norm", {512}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.residual_no_norm(x, n, x, n, o.factors.data(), o.factors.data(), x, n, kRows, n);
     }},
    {"embed_layer_norm", {384}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.embed_layer_norm(o.table.data(), o.table.data(), o.table.data(), o.ids.data(), o.ids.data(), o.ids.data(),
                          o.factors.data(), o.factors.data(), 1e-12f, x, n, kRows, n);
     }},
    {"sin_cos", {32}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.sin_cos(x, kRows * n, o.y.data(), o.y.data() + kRows * n);
     }},
    {"rotate_halves", {64}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.rotate_halves(x, n, kRows, n / 2, o.table.data(), o.table.data(), n / 2);
     }},
    {"softmax", {16, 160, 512}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.softmax_unnormalized(x, n, kRows, n, 0.17f, o.sums.data());
     }},
    {"softmax_split14", {16, 160, 512}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.softmax_split14(x, n, kRows, n, 0.17f, o.bytes.data(), 512, o.sums.data());
     }},
    {"distance_bias", {160}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.scale_add_distance_bias(x, n, kRows, n, 0.17f, o.factors.data() + kRows);
     }},
    {"quantize_queries", {32}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.quantize_queries(x, n, kRows, n, o.quantized());
     }},
    {"quantize_panels", {16}, [](Kernel k, float* x, size_t n, Operands& o) {  // one panel [kRows][16]: values
       k.quantize_panels(x, n / 16, kRows, {reinterpret_cast<int8_t*>(o.bytes.data()), o.sums.data(), o.zero.data()});
     }},
    {"divide_rows", {32}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.divide_rows(x, n, kRows, n, o.factors.data());
     }},
    {"divide_split14", {32}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.divide_split14(x, n, kRows / 2, n, o.factors.data(), o.y.data(), n);
     }},
    {"transpose_rows", {32}, [](Kernel k, float* x, size_t n, Operands& o) {
       for (size_t row = 0; row < kRows; row += 15) k.transpose_rows(x + row * n, n, 15, n, o.y.data());
     }},
    {"mean", {384}, pool<&K::mean_rows>},
    {"max", {384}, pool<&K::max_rows>},
    {"mean_sqrt_len", {384}, pool<&K::mean_sqrt_len_rows>},
    {"weighted_mean", {384}, [](Kernel k, float* x, size_t n, Operands& o) {
       k.weighted_mean_rows(x, n, 0, kRows, n, o.y.data());
     }},
    {"l2_normalize", {384}, [](Kernel k, float* x, size_t n, Operands&) { k.l2_normalize(x, n, kRows, n); }},
};

void register_row_passes(Kernel k, const std::string& tier) {
  static Operands operands;
  for (const auto& entry : kPasses) {
    for (const size_t n : entry.columns) {
      const std::string name = tier + "/" + entry.name + "/" + std::to_string(n);
      benchmark::RegisterBenchmark(name.c_str(), [&k, n, pass = entry.pass](benchmark::State& state) {
        row_pass(state, n, [&](float* x) { pass(k, x, n, operands); });
      });
    }
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
