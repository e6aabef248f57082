// engine/position_bias.h - what attention adds to the score of two tokens for their distance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace linnet::engine {

constexpr uint32_t kRelativeBuckets = 32;  // MPNet and T5: 16 for each direction

// The bucket of key - query: Raffel et al. 2019 (T5); MPNetEncoder.relative_position_bucket in
// transformers, with 32 buckets and distances up to 128. Distances below 8 have a bucket each, longer
// ones share buckets whose borders grow by sqrt(2).
uint32_t relative_bucket(int64_t distance);

// bias [kRelativeBuckets, heads] -> [heads][2 * positions - 1], entry `positions - 1 + distance` for a
// distance of key - query.
std::vector<float> spread_relative_bias(const float* bias, uint32_t heads, uint32_t positions);

// ALiBi, both ways: -slope[head] * |distance|, in the same places. Press et al. 2022; build_alibi_tensor of
// JinaBertModel. The slopes of 2^p heads are 2^(-8 i / 2^p), i from 1; of other numbers of heads those of the
// power of two below, and then every second of the one above.
std::vector<float> spread_alibi(uint32_t heads, uint32_t positions);

}  // namespace linnet::engine
