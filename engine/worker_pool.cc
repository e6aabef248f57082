#include "engine/worker_pool.h"

#include <sched.h>
#include <unistd.h>

#include <exception>
#include <thread>
#include <vector>

#include "engine/team.h"

namespace linnet::engine {

namespace {

// Some kernels wake a thread on the core of the one that woke it, and leave it there for milliseconds beside an
// idle one. Two workers that meet at every step must not share a core: this one goes to another, if it may.
void leave_core_of_caller(int callers) {
  if (callers < 0 || ::sched_getcpu() != callers) return;
  cpu_set_t allowed, others;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  others = allowed;
  CPU_CLR(static_cast<size_t>(callers), &others);
  if (CPU_COUNT(&others) == 0 || ::sched_setaffinity(0, sizeof others, &others) != 0) return;
  (void)::sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace

// A request is a new value of `request`; the last worker to finish it changes `answer`.
struct WorkerPool::Impl {
  explicit Impl(uint32_t workers) : most(workers) { start(); }

  const uint32_t most;
  ::pid_t process = 0;  // whose threads they are
  std::vector<std::thread> threads;
  const std::function<void(uint32_t)>* work = nullptr;  // null: the pool ends
  int callers_core = -1;
  alignas(64) std::atomic<uint32_t> request{0};
  alignas(64) std::atomic<uint32_t> running{0};
  alignas(64) std::atomic<uint32_t> answer{0};

  void start() {
    process = ::getpid();
    request = running = answer = 0;
    try {
      threads.reserve(most - 1);
      for (uint32_t worker = 1; worker < most; ++worker) {
        threads.emplace_back([this, worker] { serve(worker); });
      }
    } catch (const std::exception&) {
      // The system gives no more threads, or no memory for them: the pool is smaller.
    }
  }

  bool forked() const { return process != ::getpid(); }

  // What stands for the parent's threads can be neither joined nor detached here.
  void forget_threads() {
    [[maybe_unused]] auto* left_alone = new std::vector<std::thread>(std::move(threads));
    threads.clear();
  }

  void serve(uint32_t worker) {
    for (uint32_t seen = 0;; ++seen) {
      wait_while_equal(request, seen);
      if (work == nullptr) return;
      leave_core_of_caller(callers_core);
      (*work)(worker);
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        answer.fetch_add(1, std::memory_order_release);
        answer.notify_one();
      }
    }
  }

  void announce(const std::function<void(uint32_t)>* next) {
    work = next;
    callers_core = ::sched_getcpu();
    running.store(static_cast<uint32_t>(threads.size()), std::memory_order_relaxed);
    request.fetch_add(1, std::memory_order_release);
    request.notify_all();
  }
};

WorkerPool::WorkerPool(uint32_t most) : impl_(new Impl(most)) {}

WorkerPool::~WorkerPool() {
  if (impl_->forked()) impl_->forget_threads();
  impl_->announce(nullptr);
  for (std::thread& thread : impl_->threads) thread.join();
}

uint32_t WorkerPool::size() {
  if (impl_->forked()) {
    impl_->forget_threads();
    impl_->start();
  }
  return static_cast<uint32_t>(impl_->threads.size()) + 1;
}

void WorkerPool::run(const std::function<void(uint32_t)>& work) {
  if (size() == 1) return work(0);
  const uint32_t answered = impl_->answer.load(std::memory_order_relaxed);
  impl_->announce(&work);
  work(0);
  wait_while_equal(impl_->answer, answered);
}

}  // namespace linnet::engine
