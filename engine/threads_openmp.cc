#include "engine/threads.h"

namespace linnet::engine {

struct Threads::Impl {
  uint32_t num_workers;
};

Threads::Threads(uint32_t num_workers) : impl_(new Impl{num_workers}) {}
Threads::~Threads() = default;

void Threads::run(const std::function<void(uint32_t)>& work) {
  const uint32_t n = impl_->num_workers;
  if (n == 1) return work(0);
  // A loop, not one call per thread: OpenMP may give fewer threads than asked for.
#pragma omp parallel for num_threads(static_cast<int>(n)) schedule(static, 1)
  for (uint32_t worker = 0; worker < n; ++worker) work(worker);
}

}  // namespace linnet::engine
