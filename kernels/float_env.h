// kernels/float_env.h - the floating-point mode that the numeric contract needs.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// While it lives, this thread rounds to nearest and flushes nothing (no FTZ, no DAZ), whatever its
// caller had set; the caller's MXCSR comes back at the end. Every public call that computes and
// every worker holds one.
class FloatEnv {
 public:
  FloatEnv();
  ~FloatEnv();
  FloatEnv(const FloatEnv&) = delete;
  FloatEnv& operator=(const FloatEnv&) = delete;

 private:
  uint32_t saved_;
};

}  // namespace linnet::kernels
