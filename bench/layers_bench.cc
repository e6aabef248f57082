// layers_bench [Google Benchmark's options]: parts of a layer, one thread, random weights in the shapes of MiniLM
// and BERT-base, fp32 and int8. Feed-forward goes through the matrices of all layers (cold weights, as in use)
// with the rows of one block; attention, fp32 in both, is of one text. of_peak: products or attention alone, of
// the peak of this core that is measured first, FMA or int8.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>

#include "bench/peak_share.h"
#include "bench/random_model.h"
#include "engine/attention.h"
#include "engine/encoder.h"
#include "engine/linear.h"
#include "kernels/float_env.h"

namespace linnet::bench {
namespace {

// A model, and the memory of a text of `length` that has gone through it.
struct Bench {
  Bench(const Shape& shape, Precision precision, size_t length)
      : model(shape, precision),
        batch(random_batch(model, 1, length)),
        ws(model.config, length, 1, length),
        kernels(kernels::kernels_for(kernels::best_isa())) {
    engine::encoder_forward(model.config.encoder, model.weights, kernels, batch, ws);
  }

  RandomModel model;
  engine::PackedBatch batch;
  engine::Workspace ws;
  const kernels::Kernels& kernels;
  const kernels::FloatEnv float_env;
};

void attention(benchmark::State& state, const Shape& shape) {
  const auto length = static_cast<size_t>(state.range(0));
  Bench b({shape.name, 1, shape.hidden, shape.heads, shape.intermediate}, Precision::kFp32, length);
  const engine::EncoderConfig& config = b.model.config.encoder;
  for (auto _ : state) {
    engine::attention(config, b.kernels, b.batch, {}, b.ws, engine::Team(), false);
  }
  const auto tokens = static_cast<double>(length);
  count_flops(state, tokens * attention_operations(config, tokens));
}

// hidden = layer_norm(hidden + W2 gelu(W1 hidden + b1) + b2), as engine/encoder.cc has it.
void feed_forward_fp32(Bench& b, const engine::LayerWeights& layer, size_t rows) {
  const size_t h = b.model.config.encoder.hidden_size, ld = b.ws.hidden_stride;
  float *hidden = b.ws.hidden.data(), *up = b.ws.staging.data(), *down = b.ws.narrow.data();
  engine::multiply(b.kernels, layer.ffn_up, hidden, ld, rows, up, b.ws.staging_stride);
  b.kernels.add_bias_gelu(up, b.ws.staging_stride, rows, layer.ffn_up.out, layer.ffn_up.bias);
  engine::multiply(b.kernels, layer.ffn_down, up, b.ws.staging_stride, rows, down, ld);
  b.kernels.add_bias_residual_layer_norm(down, ld, layer.ffn_down.bias, hidden, ld, layer.output_norm.gamma,
                                         layer.output_norm.beta, b.model.config.encoder.layer_norm_eps, hidden,
                                         ld, rows, h);
}

// The same as engine/encoder_int8.cc has it: bytes in, bytes out.
void feed_forward_int8(Bench& b, const engine::LayerWeights& layer, size_t rows) {
  const size_t h = b.model.config.encoder.hidden_size, ld = b.ws.hidden_stride;
  float *hidden = b.ws.hidden.data(), *up = b.ws.staging.data(), *down = b.ws.narrow.data();
  const kernels::QuantizedRows bytes = b.ws.bytes();
  b.kernels.gemm_s8(bytes, rows, layer.ffn_up.int8, up, b.ws.staging_stride);
  b.kernels.gelu_quantize(up, b.ws.staging_stride, rows, layer.ffn_up.out, layer.ffn_down.balance, bytes);
  b.kernels.gemm_s8(bytes, rows, layer.ffn_down.int8, down, ld);
  b.kernels.residual_layer_norm_quantize(down, ld, hidden, ld, layer.output_norm.gamma, layer.output_norm.beta,
                                         b.model.config.encoder.layer_norm_eps, hidden, ld, rows, h,
                                         layer.ffn_up.balance, bytes);
}

void feed_forward(benchmark::State& state, const Shape& shape, Precision precision) {
  const auto rows = static_cast<size_t>(state.range(0));
  Bench b(shape, precision, rows);
  const bool int8 = precision == Precision::kInt8;
  if (int8) {
    b.kernels.quantize_rows(b.ws.hidden.data(), b.ws.hidden_stride, rows, shape.hidden,
                            b.model.weights.layers[0].ffn_up.balance, b.ws.bytes());
  }
  for (auto _ : state) {
    for (const engine::LayerWeights& layer : b.model.weights.layers) {
      (int8 ? feed_forward_int8 : feed_forward_fp32)(b, layer, rows);
    }
  }
  const double weights = 2.0 * shape.layers * shape.hidden * shape.intermediate;
  count_flops(state, 2 * weights * static_cast<double>(rows), int8 ? s8_peak() : fma_peak());
}

void register_all() {
  for (const Shape* shape : {&kMiniLm, &kBertBase}) {
    const std::string name = shape->name;
    auto* attentions = benchmark::RegisterBenchmark(
        ("attention/" + name).c_str(), [shape](benchmark::State& state) { attention(state, *shape); });
    for (const int64_t length : {15, 64, 160, 512}) attentions->Arg(length)->Unit(benchmark::kMicrosecond);
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      auto* forwards = benchmark::RegisterBenchmark(
          ("feed_forward/" + name + "/" + precision_name(precision)).c_str(),
          [=](benchmark::State& state) { feed_forward(state, *shape, precision); });
      for (const int64_t rows : {1, 15, 32, 60}) forwards->Arg(rows)->Unit(benchmark::kMicrosecond);
    }
  }
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  linnet::bench::fma_peak();
  linnet::bench::s8_peak();
  linnet::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
