#include "engine/calibration.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

#include "base/mapped_file.h"
#include "engine/encoder.h"
#include "engine/packed_batch.h"
#include "engine/sha256.h"
#include "engine/threads.h"
#include "kernels/float_env.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {
namespace {

constexpr size_t kTokens = 256;  // that one forward pass takes, when the texts are shorter

// The memory and the findings of one worker.
struct Observer {
  Observer(const ModelConfig& config, const EncoderWeights& encoder_weights)
      : weights(encoder_weights),
        batch(kTokens, config.max_length),
        workspace(config, kTokens + config.max_length, kTokens + config.max_length, config.max_length) {
    for (size_t l = 0; l < weights.layers.size(); ++l) {
      for_each_matrix(weights.layers[l], [&](const std::string& name, const Linear& linear) {
        std::vector<float>& maximum = found["layers." + std::to_string(l) + "." + name];
        maximum.assign(linear.in, 0.0f);
        maximum_of[&linear] = &maximum;
      });
    }
  }

  static void see(void* context, const Linear& linear, const float* x, size_t ldx, size_t rows) {
    auto& self = *static_cast<Observer*>(context);
    const auto known = self.maximum_of.find(&linear);
    if (known == self.maximum_of.end()) return;
    std::vector<float>& maximum = *known->second;
    for (size_t row = 0; row < rows; ++row, x += ldx) {
      for (size_t j = 0; j < maximum.size(); ++j) maximum[j] = std::max(maximum[j], std::abs(x[j]));
    }
  }

  const EncoderWeights& weights;
  PackedBatch batch;
  Workspace workspace;
  tokenizer::Scratch scratch;
  InputMaxima found;
  std::map<const Linear*, std::vector<float>*> maximum_of;  // in found
  bool enough_memory = true;
};

void raise(std::vector<float>& maximum, const std::vector<float>& other) {
  for (size_t j = 0; j < maximum.size(); ++j) maximum[j] = std::max(maximum[j], other[j]);
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r\v\f") == line.npos; }

}  // namespace

Result<CalibrationText> read_calibration(const std::string& path) {
  const auto file = base::MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto bytes = file.value().bytes();
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  CalibrationText text;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view line = all.substr(begin, end - begin);
    if (!blank(line)) text.texts.emplace_back(line);
    begin = end + 1;
  }
  if (text.texts.empty()) {
    return Status{Code::kCorrupt, path + ": holds no text to calibrate with, expected one text a line"};
  }
  text.source = std::filesystem::path(path).filename().string() + ", SHA-256 " + sha256_hex({bytes});
  return text;
}

Result<InputMaxima> input_maxima(const ModelImage& image, const CalibrationText& text,
                                 const kernels::Kernels& kernels, uint32_t num_threads) {
  const auto weights = bind_weights(image);
  if (!weights.ok()) return weights.status();
  const auto wordpiece = tokenizer::WordPiece::from_tables(image.tokenizer_tables(), image.path());
  if (!wordpiece.ok()) return wordpiece.status();
  const ModelConfig& config = image.config();

  std::vector<std::unique_ptr<Observer>> workers(num_threads);
  for (auto& worker : workers) worker = std::make_unique<Observer>(config, weights.value());
  std::atomic<size_t> next{0};
  const auto work = [&](Observer& self) {
    const kernels::FloatEnv float_env;
    const EncoderObserver observer{.context = &self, .input = Observer::see};
    PackedBatch& batch = self.batch;
    while (true) {
      batch.clear();
      while (batch.num_tokens() < kTokens) {
        const size_t index = next.fetch_add(1, std::memory_order_relaxed);
        if (index >= text.texts.size()) break;
        const tokenizer::TokenBuffer out{.ids = batch.ids.data() + batch.num_tokens(),
                                         .capacity = config.max_length};
        batch.add_text(wordpiece.value().encode(text.texts[index], {}, out, self.scratch).num_tokens);
      }
      if (batch.num_texts() == 0) return;
      encoder_forward(config.encoder, weights.value(), kernels, batch, self.workspace,
                      {.observer = &observer});
    }
  };
  Threads threads(num_threads);
  threads.run([&](uint32_t worker) {
    try {
      work(*workers[worker]);
    } catch (const std::bad_alloc&) {
      workers[worker]->enough_memory = false;
    }
  });

  InputMaxima found = std::move(workers[0]->found);
  for (const auto& worker : workers) {
    if (!worker->enough_memory) throw std::bad_alloc();
    if (worker == workers[0]) continue;
    for (auto& [matrix, maximum] : found) raise(maximum, worker->found[matrix]);
  }
  return found;
}

}  // namespace linnet::engine
