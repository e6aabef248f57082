#include "engine/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace linnet::engine {
namespace {

TEST(Threads, RunEveryWorkerOnce) {
  for (const uint32_t n : {1u, 2u, 7u, 64u}) {
    Threads threads(n);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::atomic<int>> calls(n);
      threads.run([&](uint32_t worker) { calls.at(worker).fetch_add(1); });
      for (uint32_t i = 0; i < n; ++i) ASSERT_EQ(calls[i].load(), 1) << i << " of " << n;
    }
  }
}

TEST(Threads, SeeWhatTheCallerWroteAndTheCallerSeesTheirs) {
  Threads threads(4);
  std::vector<int> values(4);
  for (int round = 1; round <= 100; ++round) {
    const int given = round;
    threads.run([&](uint32_t worker) { values[worker] = given; });
    for (const int value : values) ASSERT_EQ(value, round);
  }
}

}  // namespace
}  // namespace linnet::engine
