// engine/team.h - workers that carry one batch together: each does its share of every step, then they meet.
//
// Shares are cut along rows, heads and output columns, never along the k of a product, so a team's bits are
// those of one worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace linnet::engine {

// Spins at most about 50 us, then yields for 2 ms, then sleeps. Short steps cost no system call. Some kernels wake a
// worker on the core of the one that woke it, where it gets to run only when that one gives the core up: without
// the yielding one text took 4.1 ms in two cores' virtual machine, with it 0.4. And if one that waits for another to
// wake went to sleep itself, all would wake each other at every step.
class Barrier {
 public:
  explicit Barrier(uint32_t size) : size_(size) {}

  // Returns when all `size` workers have come; what each wrote before is seen by all after.
  void wait();

 private:
  const uint32_t size_;
  alignas(64) std::atomic<uint32_t> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};
};

// Waits until `value` is no longer `old`: spins, then sleeps. Barrier yields in between, this does not.
void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old);

// The spinning alone. False: after about 50 us the value still is `old`.
bool spin_while_equal(const std::atomic<uint32_t>& value, uint32_t old);

struct Range {
  size_t begin, end;

  size_t size() const { return end - begin; }
};

struct Team {
  uint32_t worker = 0, size = 1;
  Barrier* barrier = nullptr;  // null: a worker alone

  // This worker's share of n items, in whole units; the shares are contiguous, in the order of the workers.
  Range share(size_t n, size_t unit = 1) const {
    const size_t units = (n + unit - 1) / unit;
    const size_t begin = units * worker / size * unit, end = units * (worker + 1) / size * unit;
    return {begin < n ? begin : n, end < n ? end : n};
  }
  bool leads() const { return worker == 0; }
  void meet() const {
    if (barrier != nullptr) barrier->wait();
  }
};

}  // namespace linnet::engine
