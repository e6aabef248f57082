// engine/threads.h - runs the same work on several threads. Two implementations, chosen by the build
// (LINNET_THREADS): OpenMP, and a pool of our own, for hosts that fork and for ThreadSanitizer. libgomp's threads do
// not survive fork(): a child of a process that has run OpenMP on several threads hangs where it does so itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "linnet/status.h"

namespace linnet::engine {

inline Status check_num_threads(uint32_t num_threads) {
  constexpr uint32_t kMost = 1024;
  if (num_threads >= 1 && num_threads <= kMost) return {};
  return {Code::kInvalidArgument,
          "num_threads " + std::to_string(num_threads) + ", expected 1 to " + std::to_string(kMost)};
}

class Threads {
 public:
  explicit Threads(uint32_t num_workers);  // >= 1; the caller's own thread is one of them
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  // Calls work(0) ... work(num_workers - 1), each once, at the same time if the system allows, and
  // returns when all have. `work` must not throw. One caller at a time.
  void run(const std::function<void(uint32_t)>& work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::engine
