#include "engine/crew.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "engine/profile.h"
#include "kernels/float_env.h"

namespace linnet::engine {
namespace {

// What a team gets done, of what its workers get done each on their own. Measured (all-MiniLM-L6-v2, two Zen 5
// cores, one text of 15 tokens): 87.
constexpr size_t kPercentOfATeam = 85;

void forward(const Pipeline& pipeline, Worker& worker, OutputRows rows, const Team& team) {
  encoder_forward(pipeline.config.encoder, pipeline.weights, pipeline.kernels, worker.batch,
                  worker.workspace, {.rows = rows, .team = team});
}

void fill(const ChunkWork& work, Worker& worker, size_t max_texts) {
  const InPart in(Part::kTokenizer);
  worker.batch.clear();
  worker.text_indices.clear();
  work.fill(worker, std::min(max_texts, worker.max_texts));
}

}  // namespace

Crew::Crew(const Pipeline& pipeline, uint32_t num_threads, Mode mode)
    : pipeline_(pipeline),
      mode_(mode),
      team_size_(std::min(num_threads, pipeline.config.encoder.num_heads)),
      threads_(num_threads),
      workers_(num_threads) {
  const bool made = on_workers(
      [&](uint32_t index) { workers_[index].emplace(pipeline_, index == 0 ? team_size_ : 1); });
  if (!made) throw std::bad_alloc();
}

bool Crew::on_workers(const std::function<void(uint32_t)>& work) {
  std::atomic<bool> enough_memory{true};
  threads_.run([&](uint32_t index) {
    try {
      const kernels::FloatEnv float_env;
      work(index);
    } catch (const std::bad_alloc&) {
      enough_memory = false;
    }
  });
  return enough_memory;
}

// When the texts fit one chunk, so that each weight is read once, or when workers with texts of their own would
// wait for the last of them.
bool Crew::takes_together(size_t texts, size_t tokens) const {
  if (size() == 1) return false;
  if (mode_ != Mode::kAuto) return mode_ == Mode::kLatency;
  const size_t rounds = (texts + size() - 1) / size();
  return tokens <= pipeline_.chunk_tokens || 100 * texts < kPercentOfATeam * team_size_ * rounds;
}

bool Crew::run(size_t texts, size_t tokens, const ChunkWork& work) {
  if (takes_together(texts, tokens)) return run_together(texts, work);
  std::atomic<size_t> taken{0};
  // Half of a worker's share of what is left, so that a small call reaches every worker and the last chunks are
  // small ones: nobody waits long for the worker that ends last.
  const auto max_texts = [&] {
    const size_t left = texts - std::min(texts, taken.load(std::memory_order_relaxed));
    return std::max<size_t>(1, (left + 2 * size() - 1) / (2 * size()));
  };
  return on_workers([&](uint32_t index) {
    Worker& worker = *workers_[index];
    const Profiled profiled(&worker.stats.profile, pipeline_.profiled);
    while (true) {
      fill(work, worker, size() == 1 ? texts : max_texts());
      taken.fetch_add(worker.batch.num_texts(), std::memory_order_relaxed);
      if (worker.batch.num_texts() == 0) return;
      forward(pipeline_, worker, work.rows, {});
      work.finish(worker, index);
    }
  });
}

bool Crew::run_together(size_t texts, const ChunkWork& work) try {
  if (!pool_) pool_ = std::make_unique<WorkerPool>(team_size_);
  const uint32_t team_size = pool_->size();
  Barrier barrier(team_size);
  std::atomic<bool> enough_memory{true};
  Worker& lead = *workers_[0];
  // The others wait while the leader tokenizes, which so takes that much of the time of each.
  const auto fill_alone = [&](size_t max_texts) {
    const double before = lead.stats.tokenize_seconds;
    fill(work, lead, max_texts);
    lead.stats.tokenize_seconds += (size() - 1) * (lead.stats.tokenize_seconds - before);
  };
  // The leader's steps; where memory is short the others must not wait for ever.
  const auto guarded = [&](const auto& step) {
    try {
      step();
    } catch (const std::bad_alloc&) {
      lead.batch.clear();
      enough_memory = false;
    }
  };
  pool_->run([&](uint32_t index) {
    const kernels::FloatEnv float_env;
    const Profiled profiled(&workers_[index]->stats.profile, pipeline_.profiled);
    const Team team{.worker = index, .size = team_size, .barrier = &barrier};
    while (true) {
      if (team.leads()) guarded([&] { fill_alone(enough_memory ? texts : 0); });
      team.meet();
      if (lead.batch.num_texts() == 0) return;
      forward(pipeline_, lead, work.rows, team);
      if (team.leads()) guarded([&] { work.finish(lead, 0); });
    }
  });
  return enough_memory;
} catch (const std::bad_alloc&) {
  return false;
}

}  // namespace linnet::engine
