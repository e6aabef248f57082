// layers_bench [Google Benchmark's options]: parts of a layer, one thread, random weights in the shapes of MiniLM
// and BERT-base, fp32 and int8. Feed-forward goes through the matrices of all layers (cold weights, as in use)
// with the rows of one block; attention is of one text (MPNet: with its bias). vocabulary is the last
// product of a sparse encoder, fp32 in both, texts of 32 tokens; of_encoder is its time as a multiple of the fp32
// layers'. of_peak: products or attention alone, of the peak of this core that is measured first, FMA or int8.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/peak_share.h"
#include "bench/random_model.h"
#include "engine/attention.h"
#include "engine/encoder.h"
#include "engine/linear.h"
#include "engine/sparse_head.h"
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

void attention(benchmark::State& state, const Shape& shape, Precision precision) {
  const auto length = static_cast<size_t>(state.range(0));
  Shape one_layer = shape;
  one_layer.layers = 1;
  Bench b(one_layer, precision, length);
  const engine::EncoderConfig& config = b.model.config.encoder;
  for (auto _ : state) {
    engine::attention(config, b.kernels, b.batch, b.model.weights.position_bias, b.ws, engine::Team(), false);
  }
  const auto tokens = static_cast<double>(length);
  const bool in_bytes = precision == Precision::kInt8 && length >= engine::kShortestInt8Attention;
  count_flops(state, tokens * attention_operations(config, tokens), in_bytes ? s8_peak() : fma_peak());
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

// The largest logit of each of 30,522 words for each text, engine/sparse_head.cc; `tokens` in texts of 32.
void vocabulary(benchmark::State& state, const Shape& shape) {
  constexpr size_t kWords = 30522, kPanels = (kWords + 15) / 16, kLength = 32;
  const auto tokens = static_cast<size_t>(state.range(0));
  RandomModel model(shape);
  const engine::PackedBatch batch = random_batch(model, tokens / kLength, kLength);
  engine::Workspace ws(model.config, tokens, tokens / kLength, kLength);
  const kernels::Kernels& kernels = kernels::kernels_for(kernels::best_isa());
  const kernels::FloatEnv float_env;
  const size_t h = shape.hidden;
  base::AlignedBuffer<float> weight(kPanels * 16 * h), bias(kPanels * 16);
  for (size_t i = 0; i < weight.size(); ++i) {
    weight.data()[i] = static_cast<float>(i * 2654435761u % 1024) / 1024 - 0.5f;
  }
  const engine::Linear output{.weight = weight.data(), .bias = bias.data(), .in = h, .out = kWords};
  engine::HeadWorkspace head(model.config, tokens, engine::kSparseColumns);
  std::vector<float> largest(batch.num_texts() * kWords);
  const auto encode = [&] {
    engine::encoder_forward(model.config.encoder, model.weights, kernels, batch, ws);
  };
  encode();
  double encoder_seconds = 1e9;
  for (int i = 0; i < 3; ++i) {
    const double start = thread_seconds();
    encode();
    encoder_seconds = std::min(encoder_seconds, thread_seconds() - start);
  }
  const engine::Rows x{ws.hidden.data(), ws.hidden_stride};
  const auto keep = [&](size_t text, size_t first, size_t count, const float* found) {
    std::copy_n(found, count, largest.data() + text * kWords + first);
  };
  const double start = thread_seconds();
  for (auto _ : state) engine::largest_logits(kernels, output, x, batch, head, keep);
  const double seconds = (thread_seconds() - start) / static_cast<double>(state.iterations());
  state.counters["of_encoder"] = seconds / encoder_seconds;
  count_flops(state, 2.0 * static_cast<double>(tokens * h * kWords));
}

void register_all() {
  for (const Shape* shape : {&kMiniLm, &kBertBase, &kMpnet}) {
    const std::string name = shape->name;
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      auto* attentions = benchmark::RegisterBenchmark(
          ("attention/" + name + "/" + precision_name(precision)).c_str(),
          [=](benchmark::State& state) { attention(state, *shape, precision); });
      for (const int64_t length : {15, 64, 160, 512}) attentions->Arg(length)->Unit(benchmark::kMicrosecond);
    }
    if (shape == &kMpnet) continue;
    auto* vocabularies = benchmark::RegisterBenchmark(
        ("vocabulary/" + name).c_str(), [shape](benchmark::State& state) { vocabulary(state, *shape); });
    for (const int64_t tokens : {32, 256, 1024}) vocabularies->Arg(tokens)->Unit(benchmark::kMillisecond);
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
