// engine/rotary.h - rotary positions: the pairs of a head's columns turn by angles that grow with the
// token's place, so that the score of two tokens depends on their distance.
//
// Su et al. 2021; apply_rotary_pos_emb in transformers. Pair i of n, columns i and n + i, turns by
// position / base^(i / n). Angles are made row by row: that costs less than a table's cache misses.
#pragma once

#include <cstddef>

#include "base/aligned_buffer.h"
#include "engine/config.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// One worker's memory for it. The frequencies are those of texts of `length` tokens.
struct RotaryScratch {
  explicit RotaryScratch(const RotaryConfig& config);

  size_t length = 0;
  base::AlignedBuffer<float> frequencies;  // [n]
  base::AlignedBuffer<float> angles, sines, cosines;  // [n]
};

// 1 / base^(i / n) for a text of `length` tokens -> y [n], n = config.size / 2. With an ntk_factor f it is
// 1 / ((f base)^(i / n) f^(1 / n)): NTKScalingRotaryEmbedding of Alibaba-NLP/new-impl. A text longer than
// config.unstretched has a larger base, by (stretch * length / unstretched - stretch + 1)^(n / (n - 1)):
// NomicBertDynamicNTKRotaryEmbedding in Nomic's code, "dynamic" in transformers. It depends on the text alone.
void rotary_frequencies(const RotaryConfig& config, size_t length, float* y);

// Turns the rows of one token, x [heads, d]: its queries, its keys, or both as one run of heads.
void rotate(const RotaryConfig& config, const kernels::Kernels& kernels, size_t length, size_t position,
            float* x, size_t heads, size_t d, RotaryScratch& scratch);

}  // namespace linnet::engine
