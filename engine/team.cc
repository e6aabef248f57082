#include "engine/team.h"

#include <sched.h>

#include <chrono>

namespace linnet::engine {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

bool spin_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kPauses = 64;  // between looks at the clock
  for (const auto deadline = Clock::now() + std::chrono::microseconds(50); Clock::now() < deadline;) {
    for (int i = 0; i < kPauses; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
      __builtin_ia32_pause();
    }
  }
  return false;
}

void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  if (!spin_while_equal(value, old)) value.wait(old, std::memory_order_acquire);
}

namespace {

// Looks again and again for 2 ms, and gives the core to whoever wants it in between.
bool yield_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  for (const auto deadline = Clock::now() + std::chrono::milliseconds(2); Clock::now() < deadline;) {
    if (value.load(std::memory_order_acquire) != old) return true;
    ::sched_yield();
  }
  return false;
}

}  // namespace

void Barrier::wait() {
  const uint32_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < size_) {
    if (!spin_while_equal(round_, round) && !yield_while_equal(round_, round)) {
      round_.wait(round, std::memory_order_acquire);
    }
    return;
  }
  arrived_.store(0, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

}  // namespace linnet::engine
