// engine/attention_head.h - one head of one text, as attention's two precisions read it.
#pragma once

#include <cstddef>

namespace linnet::engine {

// Query rows whose scores against all keys lie in scratch at a time.
constexpr size_t kQueryRows = 48;

struct Head {
  size_t length, queries, d;  // tokens of the text; how many of them, from the first on, ask; columns
  const float* q;             // [length][d]
  const float* k;             // [length / 16][d][16]   rounded up
  const float* v;             // [d / 16][length][16]   rounded up
  const float* bias;          // of distance 0, as scale_add_distance_bias takes it; null: there is none
  float* context;             // [queries, d], context_stride apart
  size_t context_stride;
};

}  // namespace linnet::engine
