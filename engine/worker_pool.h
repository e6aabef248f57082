// engine/worker_pool.h - threads of our own that wait for work: they spin at most about 50 us after a request,
// then sleep.
//
// fork() copies no threads: in the child a pool starts its own anew when it is next asked for work, unless the
// child was made while the pool worked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace linnet::engine {

class WorkerPool {
 public:
  // Starts most - 1 threads, or as many as the system gives. The caller's own thread is worker 0.
  explicit WorkerPool(uint32_t most);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  uint32_t size();  // workers that there are, 1 to most

  // Calls work(0) ... work(size() - 1), each once, all at the same time, and returns when all have.
  // `work` must not throw. One caller at a time.
  void run(const std::function<void(uint32_t)>& work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::engine
