// linnet/profile.h - where the time went, part by part.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet {

enum class Part : uint32_t {
  kGemm,        // activations x weights, with the bias
  kAttention,   // queries x keys and weights x values, and laying them out
  kSoftmax,
  kNorm,        // residual and LayerNorm
  kActivation,  // GELU, tanh
  kQuantize,    // fp32 -> int8 of activations
  kGather,      // rows of the embedding tables, summed and normalized
  kTokenizer,
  kOther,       // pooling, copies, everything between
};
inline constexpr size_t kNumParts = 9;

const char* part_name(Part part);  // "gemm", "attention", ...

// Seconds of all workers together. A worker is in one part at a time, so the parts add up to the whole.
struct Profile {
  double seconds[kNumParts] = {};
};

}  // namespace linnet
