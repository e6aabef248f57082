// chunk_budget SECONDS MODEL|SHAPE [int8]...: what a worker's budget of tokens a chunk is worth. For texts of some
// lengths, tokens/s at each budget as percent of the best one; * marks what the engine chooses here by itself.
// Budgets take turns, and the best of the turns counts. SHAPE: minilm, bert_base or bert_large, with random weights.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "bench/random_model.h"
#include "engine/chunk_budget.h"
#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "kernels/float_env.h"
#include "linnet/model.h"

namespace linnet::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBudgets[] = {64, 128, 192, 256, 384, 512, 768, 1024};
constexpr size_t kLengths[] = {16, 160};

struct Encoder {
  const engine::ModelConfig& config;
  const engine::EncoderWeights& weights;
};

double tokens_per_second(const Encoder& encoder, size_t budget, size_t length) {
  const size_t texts = (budget + length - 1) / length;
  static std::unique_ptr<engine::Workspace> workspace;
  const engine::PackedBatch batch = random_batch(encoder.config.encoder, texts, length);
  workspace = std::make_unique<engine::Workspace>(encoder.config, texts * length, texts, length);
  const kernels::Kernels& kernels = kernels::kernels_for(kernels::best_isa());
  const kernels::FloatEnv float_env;
  const auto forward = [&] {
    engine::encoder_forward(encoder.config.encoder, encoder.weights, kernels, batch, *workspace);
  };
  if (encoder.config.encoder.hidden_size < 1024) forward();
  size_t tokens = 0;
  const auto start = Clock::now();
  double seconds = 0;
  do {
    forward();
    tokens += texts * length;
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
  } while (tokens < 4096 && seconds < 0.1);
  return static_cast<double>(tokens) / seconds;
}

void sweep(const char* name, const Encoder& encoder, double seconds) {
  const size_t chosen = engine::chunk_budget(encoder.config, engine::read_caches(""), 1);
  for (const size_t length : kLengths) {
    double best[std::size(kBudgets) + 1] = {};
    const auto budget = [&](size_t i) { return i < std::size(kBudgets) ? kBudgets[i] : chosen; };
    const auto start = Clock::now();
    int turns = 0;
    for (; turns < 2 || std::chrono::duration<double>(Clock::now() - start).count() < seconds; ++turns) {
      for (size_t i = 0; i < std::size(best); ++i) {
        if (budget(i) < length && i < std::size(kBudgets)) continue;
        best[i] = std::max(best[i], tokens_per_second(encoder, budget(i), length));
      }
    }
    const double most = *std::max_element(best, std::end(best));
    std::printf("%s, %zu tokens a text, %.0f tokens/s, %d turns:", name, length, most, turns);
    for (size_t i = 0; i < std::size(best); ++i) {
      if (best[i] > 0) {
        std::printf(" %s%zu %.1f", i < std::size(kBudgets) ? "" : "*", budget(i), 100 * best[i] / most);
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

const Shape* find_shape(const char* name) {
  for (const Shape* shape : {&kMiniLm, &kBertBase, &kBertLarge}) {
    if (std::strcmp(shape->name, name) == 0) return shape;
  }
  return nullptr;
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  const bool int8 = argc == 4 && std::strcmp(argv[3], "int8") == 0;
  if (argc < 3 || argc > 4 || (argc == 4 && !int8)) {
    std::fprintf(stderr, "usage: chunk_budget SECONDS MODEL|SHAPE [int8]\n");
    return 2;
  }
  const double seconds = std::atof(argv[1]);
  if (const bench::Shape* shape = bench::find_shape(argv[2])) {
    const bench::RandomModel model(*shape, int8 ? Precision::kInt8 : Precision::kFp32);
    bench::sweep(argv[2], {model.config, model.weights}, seconds);
    return 0;
  }
  OpenOptions options;
  if (int8) options.precision = Precision::kInt8;
  const auto model = Model::open(argv[2], options);
  if (!model.ok()) {
    std::fprintf(stderr, "chunk_budget: %s\n", model.status().message.c_str());
    return 1;
  }
  bench::sweep(argv[2], {model.value().impl().image->config(), model.value().impl().weights}, seconds);
}
