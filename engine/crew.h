// engine/crew.h - the workers behind an Embedder or a task, and the two ways they go through a call's texts, chunk
// by chunk:
//
//   each on its own   a worker has chunks of its own and waits for nobody within a layer (throughput)
//   together          all workers carry each chunk, in the memory of worker 0 (latency)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/encoder.h"
#include "engine/pipeline.h"
#include "engine/threads.h"
#include "engine/worker_pool.h"

namespace linnet::engine {

// What one call has to get done.
struct ChunkWork {
  // Puts the next texts into worker.batch, at most max_texts; none where none are left. Workers on their own
  // call it at the same time.
  std::function<void(Worker& worker, size_t max_texts)> fill;
  // Takes what it needs of the last hidden states in worker.workspace. `index` is the worker's number.
  std::function<void(Worker& worker, uint32_t index)> finish;
  OutputRows rows = OutputRows::kAll;  // that finish() reads
};

class Crew {
 public:
  // Each worker makes its memory itself, so that it touches it first. `pipeline` outlives the crew.
  // Throws std::bad_alloc.
  Crew(const Pipeline& pipeline, uint32_t num_threads, Mode mode);

  uint32_t size() const { return static_cast<uint32_t>(workers_.size()); }
  Worker& worker(uint32_t index) { return *workers_[index]; }

  // Runs `work` on the chunks of a call with so many texts and about so many tokens. False: not enough memory.
  bool run(size_t texts, size_t tokens, const ChunkWork& work);

  // Calls work(index) on every worker at the same time, for what is no chunk. False: not enough memory.
  bool on_workers(const std::function<void(uint32_t)>& work);

 private:
  bool takes_together(size_t texts, size_t tokens) const;
  bool run_together(size_t texts, const ChunkWork& work);

  const Pipeline& pipeline_;
  Mode mode_;
  uint32_t team_size_;  // of workers that carry a chunk together: more would find no head to work on
  Threads threads_;
  std::unique_ptr<WorkerPool> pool_;  // for them, made when it is first needed
  std::vector<std::optional<Worker>> workers_;
};

}  // namespace linnet::engine
