// linnet/embedder.h over the pipeline.
#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "engine/embed_choices.h"
#include "engine/embedding_head.h"
#include "engine/model_impl.h"
#include "engine/pipeline.h"
#include "engine/profile.h"
#include "engine/threads.h"
#include "engine/worker_pool.h"

namespace linnet {

namespace {

// About as many tokens as a chunk has, of English text.
constexpr size_t kBytesOfOneChunk = 4 * engine::kChunkTokens;

// What a team gets done, of what its workers get done each on their own. Measured (all-MiniLM-L6-v2, two Zen 5
// cores, one text of 15 tokens): 87.
constexpr size_t kPercentOfATeam = 85;

// Runs `work` on every worker; false when one of them ran out of memory.
template <typename Work>
bool run_all(engine::Threads& threads, const Work& work) {
  std::atomic<bool> enough_memory{true};
  threads.run([&](uint32_t worker) {
    try {
      work(worker);
    } catch (const std::bad_alloc&) {
      enough_memory = false;
    }
  });
  return enough_memory;
}

}  // namespace

struct Embedder::Impl {
  Impl(const Model& owner, const EmbedOptions& options, size_t length, const engine::EmbedChoices& choices)
      : model(owner),
        timed(engine::timed_kernels(*model.impl().kernels)),
        pipeline{.config = model.impl().image->config(),
                 .weights = model.impl().weights,
                 .kernels = options.profile ? timed : *model.impl().kernels,
                 .wordpiece = model.impl().tokenizer_impl->wordpiece,
                 .head = choices.head,
                 .prompt = choices.prompt,
                 .max_length = length,
                 .profiled = options.profile ? model.impl().kernels : nullptr},
        mode(options.mode),
        team_size(std::min(options.num_threads, model.impl().image->config().encoder.num_heads)),
        threads(options.num_threads),
        workers(options.num_threads) {
    // Each worker makes its own, so that it touches that memory first.
    const bool made = run_all(threads, [&](uint32_t worker) { workers[worker].emplace(pipeline, worker == 0 ? team_size : 1); });
    if (!made) throw std::bad_alloc();
  }

  // Whether all workers carry each chunk of these texts together: when the texts fit one chunk, so that each
  // weight is read once, or when workers with texts of their own would wait for the last of them.
  bool takes_together(std::span<const std::string_view> texts) const {
    if (mode != Mode::kAuto) return mode == Mode::kLatency;
    const size_t n = texts.size(), rounds = (n + workers.size() - 1) / workers.size();
    if (100 * n < kPercentOfATeam * team_size * rounds) return true;
    size_t bytes = 0;
    for (const std::string_view text : texts) {
      bytes += text.size();
      if (bytes > kBytesOfOneChunk) return false;
    }
    return true;
  }

  bool run_together(engine::EmbedJob& job) try {
    if (!pool) pool = std::make_unique<engine::WorkerPool>(static_cast<uint32_t>(team_size));
    engine::Barrier barrier(pool->size());
    pool->run([&](uint32_t worker) {
      const engine::Team team{.worker = worker, .size = pool->size(), .barrier = &barrier};
      engine::run_in_team(pipeline, job, *workers[0], team, *workers[worker]);
    });
    return !job.out_of_memory;
  } catch (const std::bad_alloc&) {
    return false;
  }

  Model model;  // keeps what pipeline refers to
  kernels::Kernels timed;
  engine::Pipeline pipeline;
  Mode mode;
  uint32_t team_size;  // of workers that carry a chunk together: more would find no head to work on
  engine::Threads threads;
  std::unique_ptr<engine::WorkerPool> pool;  // for them, made when it is first needed
  std::vector<std::optional<engine::Worker>> workers;
};

Result<Embedder> Embedder::create(const Model& model, const EmbedOptions& options) try {
  const ModelInfo& info = model.info();
  const size_t specials = model.impl().tokenizer_impl->wordpiece.num_special_tokens();
  const uint32_t max_length = options.max_length == 0 ? info.max_length : options.max_length;
  if (max_length < specials || max_length > info.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(max_length) +
                                              ", expected " + std::to_string(specials) + " to " +
                                              std::to_string(info.max_positions) +
                                              ", the positions this model has"};
  }
  constexpr uint32_t kMostThreads = 1024;
  if (options.num_threads < 1 || options.num_threads > kMostThreads) {
    return Status{Code::kInvalidArgument, "num_threads " + std::to_string(options.num_threads) +
                                              ", expected 1 to " + std::to_string(kMostThreads)};
  }
  const auto choices = engine::embed_choices(model, options, max_length);
  if (!choices.ok()) return choices.status();
  return Embedder(std::make_unique<Impl>(model, options, max_length, choices.value()));
} catch (const std::bad_alloc&) {
  return Status{Code::kOutOfMemory, "not enough memory for the workspaces of " +
                                        std::to_string(options.num_threads) + " threads"};
}

Embedder::Embedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Embedder::Embedder(Embedder&&) noexcept = default;
Embedder& Embedder::operator=(Embedder&&) noexcept = default;
Embedder::~Embedder() = default;

size_t Embedder::dimension() const { return impl_->pipeline.head.dimension; }
size_t Embedder::max_length() const { return impl_->pipeline.max_length; }

Status Embedder::embed(std::span<const std::string_view> texts, std::span<float> vectors,
                       EmbedStats* stats) {
  if (vectors.size() != texts.size() * dimension()) {
    return {Code::kInvalidArgument, "vectors has room for " + std::to_string(vectors.size()) +
                                        " numbers, expected " + std::to_string(texts.size()) +
                                        " x " + std::to_string(dimension())};
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t bytes = impl_->pipeline.prompt.size() + texts[i].size();
    if (bytes > std::numeric_limits<uint32_t>::max()) {
      return {Code::kInvalidArgument, "text " + std::to_string(i) + " has " + std::to_string(bytes) +
                                          " bytes, expected at most 4294967295"};
    }
  }
  const size_t num_workers = impl_->workers.size();
  const bool together = num_workers > 1 && impl_->takes_together(texts);
  const size_t shares = together ? 1 : num_workers;
  engine::EmbedJob job{.texts = texts,
                       .vectors = vectors.data(),
                       .max_texts_per_chunk = (texts.size() + shares - 1) / shares};
  const bool done = together ? impl_->run_together(job) : run_all(impl_->threads, [&](uint32_t worker) {
    engine::run_worker(impl_->pipeline, job, *impl_->workers[worker]);
  });
  for (std::optional<engine::Worker>& worker : impl_->workers) {
    const EmbedStats counted = std::exchange(worker->stats, {});
    if (stats == nullptr) continue;
    stats->texts += counted.texts;
    stats->tokens += counted.tokens;
    stats->truncated += counted.truncated;
    stats->repaired += counted.repaired;
    for (size_t i = 0; i < kNumParts; ++i) {
      stats->profile.seconds[i] += counted.profile.seconds[i];
    }
  }
  if (!done) return {Code::kOutOfMemory, "not enough memory to embed these texts"};
  return {};
}

}  // namespace linnet
