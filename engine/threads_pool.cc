#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/threads.h"

namespace linnet::engine {

// Threads sleep on `wake` between runs; a run is a new value of `generation`.
struct Threads::Impl {
  uint32_t num_workers = 1;
  std::mutex mutex;
  std::condition_variable wake, done;
  const std::function<void(uint32_t)>* work = nullptr;
  uint64_t generation = 0;
  uint32_t still_running = 0;
  bool stop = false;
  std::vector<std::thread> threads;  // workers 1, 2, ...: the caller is worker 0

  void serve(uint32_t worker) {
    uint64_t seen = 0;
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stop || generation != seen; });
      if (stop) return;
      seen = generation;
      const auto* task = work;
      lock.unlock();
      (*task)(worker);
      lock.lock();
      if (--still_running == 0) done.notify_one();
    }
  }
};

Threads::Threads(uint32_t num_workers) : impl_(new Impl) {
  impl_->num_workers = num_workers;
  try {
    for (uint32_t worker = 1; worker < num_workers; ++worker) {
      impl_->threads.emplace_back([impl = impl_.get(), worker] { impl->serve(worker); });
    }
  } catch (const std::system_error&) {
    // The system gives no more threads: the caller runs the missing workers itself.
  }
}

Threads::~Threads() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void Threads::run(const std::function<void(uint32_t)>& work) {
  const auto others = static_cast<uint32_t>(impl_->threads.size());
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->work = &work;
    impl_->still_running = others;
    ++impl_->generation;
  }
  impl_->wake.notify_all();
  work(0);
  for (uint32_t worker = others + 1; worker < impl_->num_workers; ++worker) work(worker);
  std::unique_lock lock(impl_->mutex);
  impl_->done.wait(lock, [&] { return impl_->still_running == 0; });
}

}  // namespace linnet::engine
