#include "engine/threads.h"
#include "engine/worker_pool.h"

namespace linnet::engine {

struct Threads::Impl {
  uint32_t num_workers;
  WorkerPool pool;
};

Threads::Threads(uint32_t num_workers) : impl_(new Impl{num_workers, WorkerPool(num_workers)}) {}
Threads::~Threads() = default;

void Threads::run(const std::function<void(uint32_t)>& work) {
  impl_->pool.run(work);
  // Workers that the system gave no thread for.
  for (uint32_t worker = impl_->pool.size(); worker < impl_->num_workers; ++worker) work(worker);
}

}  // namespace linnet::engine
