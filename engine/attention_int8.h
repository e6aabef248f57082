// engine/attention_int8.h - attention whose two products are of bytes: four times the operations of an fp32
// instruction, and the kernels are those of the weights.
//
// Queries, u7 with a scale per token, times keys, s8 with a scale per token, give scores in fp32. Their softmax becomes
// whole numbers of 14 bits: a token that all others look at would leave too little of 7. Two rows of 7 bits each,
// high and low, times values, s8 with a scale per column, are added in fp32. On all-MiniLM-L6-v2, paragraphs, the
// mean cosine to fp32 is .99942 with it, .99948 without; with weights of 7 bits it would be .9983.
#pragma once

#include <cstddef>

#include "base/aligned_buffer.h"
#include "engine/attention_head.h"
#include "engine/config.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// Texts of fewer tokens stay in fp32: to quantize costs there what the products save. all-MiniLM-L6-v2 on Zen 4, fp32's
// time as a multiple of this, AVX-512 with VNNI: 0.96 at 24 tokens, 1.00 at 32, 1.01 at 40, 1.14 at 160; AVX2, where
// bytes are little faster than floats: 0.98 at 40, 0.97-1.00 up to 160, 1.04 at 400.
constexpr size_t kShortestInt8Attention = 40;
constexpr size_t kLongestInt8Attention = 65536;  // the most rows of a kernels::WeightsS8

// One worker's memory for it. S = max_length, d: the head size.
struct AttentionBytes {
  AttentionBytes(const EncoderConfig& config, size_t max_length);

  base::AlignedBuffer<int8_t> keys;    // [S / 16][d / 4][16][4]   rounded up
  base::AlignedBuffer<int8_t> values;  // [d / 16][S / 4][16][4]   rounded up
  base::AlignedBuffer<float> key_scales, value_scales;  // [S], [d]   rounded up to 16, as the next ones
  base::AlignedBuffer<int32_t> key_sums, value_sums;    // [S], [d]   nobody asks for the values': weights' zeros are 0
  base::AlignedBuffer<float> no_bias;                   // [the longer of both]   zeros

  size_t query_stride, weight_stride, product_stride;
  base::AlignedBuffer<uint8_t> queries;       // [kQueryRows, d]
  base::AlignedBuffer<float> query_scales;    // [kQueryRows]
  base::AlignedBuffer<int32_t> query_zeros;   // [kQueryRows]
  base::AlignedBuffer<uint8_t> weights;       // [2 kQueryRows, S]   high and low 7 bits in turns
  base::AlignedBuffer<float> weight_scales;   // [2 kQueryRows]   128 and 1 in turns
  base::AlignedBuffer<int32_t> weight_zeros;  // [2 kQueryRows]   zeros
  base::AlignedBuffer<float> products;        // [2 kQueryRows, d]
};

// As attend_head of attention.cc, in int8. scores [kQueryRows, score_stride], sums [kQueryRows]: scratch.
void attend_head_int8(const kernels::Kernels& kernels, const Head& head, AttentionBytes& bytes, float* scores,
                      size_t score_stride, float* sums);

}  // namespace linnet::engine
