// kernels/float_env.h - the floating-point mode that the numeric contract needs.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// While it lives, this thread rounds to nearest and flushes nothing (no FTZ, no DAZ), whatever its
// caller had set; the caller's modes come back at the end. Every public call that computes and every
// worker holds one. The old x87 unit's rounding is set, too: glibc's strtod, which reads the numbers of
// JSON files, asks that one.
class FloatEnv {
 public:
  FloatEnv();
  ~FloatEnv();
  FloatEnv(const FloatEnv&) = delete;
  FloatEnv& operator=(const FloatEnv&) = delete;

 private:
  uint32_t saved_;
  uint16_t saved_x87_;
};

}  // namespace linnet::kernels
