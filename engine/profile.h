// engine/profile.h - a stopwatch that is in one part of the work at a time.
//
// Entering a part stops the part around it, so the parts add up to the whole. The engine's code stays as it
// is: kernels are timed by a table whose entries enter a part and forward, and the few steps that are no
// kernel say InPart. Off, which is the default, a thread has no stopwatch and an InPart is one comparison.
#pragma once

#include <chrono>
#include <cstdint>

#include "kernels/kernels.h"
#include "linnet/profile.h"

namespace linnet::engine {

struct Stopwatch {
  uint64_t ticks[kNumParts] = {};
  uint64_t since = 0;
  Part part = Part::kOther;
  const kernels::Kernels* kernels = nullptr;  // what the timed table forwards to

  // From now on the time is `next`'s. Returns the part it was until now.
  Part enter(Part next);
};

inline constinit thread_local Stopwatch* this_threads_stopwatch = nullptr;

// The time until the end of the scope belongs to `part`.
class InPart {
 public:
  explicit InPart(Part part) : watch_(this_threads_stopwatch) {
    if (watch_ != nullptr) outer_ = watch_->enter(part);
  }
  ~InPart() {
    if (watch_ != nullptr) watch_->enter(outer_);
  }
  InPart(const InPart&) = delete;
  InPart& operator=(const InPart&) = delete;

 private:
  Stopwatch* watch_;
  Part outer_ = Part::kOther;
};

// `real` with its larger entries timed; the others count as what they are called from. Usable within a Profiled
// scope on `real` alone.
kernels::Kernels timed_kernels(const kernels::Kernels& real);

// Times this thread until the end of the scope and adds the parts to *profile. `real` is what the kernels
// in use forward to; null: they are not timed, and this does nothing.
class Profiled {
 public:
  Profiled(Profile* profile, const kernels::Kernels* real);
  ~Profiled();
  Profiled(const Profiled&) = delete;
  Profiled& operator=(const Profiled&) = delete;

 private:
  Profile* profile_;
  Stopwatch watch_;
  uint64_t start_ticks_ = 0;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace linnet::engine
