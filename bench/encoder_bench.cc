// encoder_bench [MODEL] [Google Benchmark's options]: the whole encoder, one thread, chunk by chunk as the engine
// runs it: random weights in the shapes of MiniLM, BERT-base, BERT-large, MPNet (BERT-base with a bias in its
// attention), Nomic and Jina, fp32 and int8, and with MODEL that model with its tokenizer. The share of the peak
// counts products and attention alone, of an int8 model its int8 products; gemm, attention, ... are each part's share
// of the time, timed in runs of their own, and rest what is neither product nor attention with its softmax.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/peak_share.h"
#include "bench/random_model.h"
#include "engine/encoder.h"
#include "engine/pipeline.h"
#include "engine/profile.h"
#include "kernels/float_env.h"
#include "linnet/embedder.h"

namespace linnet::bench {
namespace {

constexpr size_t kChunkTokens = 256;
constexpr int64_t kLengths[] = {8, 15, 16, 32, 64, 128, 160, 256, 512, 2048};

// Each part's share of the time of a few runs of `work`, which is told whose kernels to use.
template <typename Work>
void count_parts(benchmark::State& state, const kernels::Kernels& kernels, const Work& work) {
  const kernels::Kernels timed = engine::timed_kernels(kernels);
  Profile profile;
  for (int i = 0; i < 5; ++i) {
    const engine::Profiled profiled(&profile, &kernels);
    work(timed);
  }
  const double total = std::accumulate(std::begin(profile.seconds), std::end(profile.seconds), 0.0);
  for (size_t i = 0; i < kNumParts; ++i) {
    if (profile.seconds[i] == 0) continue;
    state.counters[part_name(static_cast<Part>(i))] = profile.seconds[i] / total;
  }
  const auto seconds = [&](Part part) { return profile.seconds[static_cast<size_t>(part)]; };
  state.counters["rest"] =
      1 - (seconds(Part::kGemm) + seconds(Part::kAttention) + seconds(Part::kSoftmax)) / total;
}

// `tokens` an iteration, in texts of `length`.
void count_work(benchmark::State& state, const engine::EncoderConfig& config, bool int8, double length,
                double tokens) {
  const double products = product_operations(config);
  if (int8) return count_flops(state, tokens * products, s8_peak());
  count_flops(state, tokens * (products + attention_operations(config, length)));
}

void encode_random(benchmark::State& state, const Shape& shape, Precision precision) {
  const auto length = static_cast<size_t>(state.range(0));
  // Kept from length to length: the large one takes seconds to make.
  static std::unique_ptr<RandomModel> model;
  static std::pair<const Shape*, Precision> made;
  if (made != std::pair(&shape, precision)) {
    model.reset();
    model = std::make_unique<RandomModel>(shape, precision);
    made = {&shape, precision};
  }
  const size_t texts = std::max<size_t>(1, kChunkTokens / length);
  const engine::PackedBatch batch = random_batch(*model, texts, length);
  engine::Workspace workspace(model->config, texts * length, texts, length);
  const kernels::Kernels& kernels = kernels::kernels_for(kernels::best_isa());
  const kernels::FloatEnv float_env;
  const auto work = [&](const kernels::Kernels& used) {
    engine::encoder_forward(model->config.encoder, model->weights, used, batch, workspace);
  };
  for (auto _ : state) work(kernels);
  const auto tokens = static_cast<double>(texts * length);
  state.counters["tokens/s"] =
      benchmark::Counter(tokens * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  count_work(state, model->config.encoder, precision == Precision::kInt8, static_cast<double>(length), tokens);
  count_parts(state, kernels, work);
}

engine::EncoderConfig shape_of(const ModelInfo& info) {
  engine::EncoderConfig config;
  config.hidden_size = info.hidden_size;
  config.intermediate_size = info.intermediate_size;
  config.num_layers = info.num_layers;
  return config;
}

void embed_texts(benchmark::State& state, const Model& model, size_t num_texts) {
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
  count_work(state, shape_of(model.info()), model.info().precision == "int8", static_cast<double>(length),
             tokens / static_cast<double>(state.iterations()));
}

void register_random() {
  for (const Shape* shape : {&kMiniLm, &kBertBase, &kBertLarge, &kMpnet, &kNomic, &kJina}) {
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      auto* family = benchmark::RegisterBenchmark(
          (shape->name + std::string("/") + precision_name(precision)).c_str(),
          [=](benchmark::State& state) { encode_random(state, *shape, precision); });
      for (const int64_t length : kLengths) {
        if (length <= shape->longest) family->Arg(length)->Unit(benchmark::kMillisecond);
      }
    }
  }
}

void register_model(const Model& model) {
  for (const size_t texts : {64u, 1u}) {
    auto* family = benchmark::RegisterBenchmark(
        texts == 1 ? "one_text" : "texts",
        [&model, texts](benchmark::State& state) { embed_texts(state, model, texts); });
    for (const int64_t length : kLengths) {
      if (length > model.info().max_positions) continue;
      family->Arg(length)->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc > 2) {
    std::fprintf(stderr, "usage: encoder_bench [MODEL] [--benchmark_...]\n");
    return 2;
  }
  linnet::bench::fma_peak();
  linnet::bench::s8_peak();
  std::optional<linnet::Result<linnet::Model>> model;
  if (argc == 2) {
    model = linnet::Model::open(argv[1]);
    if (!model->ok()) {
      std::fprintf(stderr, "encoder_bench: %s\n", model->status().message.c_str());
      return 1;
    }
    linnet::bench::register_model(model->value());
  }
  linnet::bench::register_random();
  benchmark::RunSpecifiedBenchmarks();
}
