// engine/workspace.h - every activation of one worker, allocated once for its largest chunk.
#pragma once

#include <cstddef>
#include <vector>

#include "base/aligned_buffer.h"
#include "engine/attention_int8.h"
#include "engine/config.h"
#include "engine/rotary.h"
#include "engine/strides.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// Rows that go through all of a layer's matrices before the next rows do: their widest activation
// (64 x 1536 floats for MiniLM) stays in the L2 cache.
constexpr size_t kBlockRows = 60;  // a multiple of the kernels' 6 rows

// T = max_tokens rows, h hidden, d head size, f intermediate; all row-major.
struct Workspace {
  // team_size: how many workers use it together.
  Workspace(const ModelConfig& config, size_t max_tokens, size_t max_texts, size_t max_length,
            size_t team_size = 1);

  size_t hidden_stride;  // of hidden and context
  base::AlignedBuffer<float> hidden;   // [T, h]   the residual stream
  base::AlignedBuffer<float> context;  // [T, a]   attention's output; a: the attention size, mostly h

  // MobileBERT's; b: its bottleneck's size.
  size_t inner_stride = 0;
  base::AlignedBuffer<float> inner;     // [T, b]   the residual stream within a layer
  base::AlignedBuffer<float> zero_row;  // [max(h, b)]   a residual and a bias that are not there

  // Attention's input, per text and then per head; S is the length of the text.
  base::AlignedBuffer<float> q;  // [heads][S][d]
  base::AlignedBuffer<float> k;  // [heads][S / 16][d][16]   S rounded up
  base::AlignedBuffer<float> v;  // [heads][d / 16][S][16]   d rounded up

  std::vector<RotaryScratch> rotary;  // [team_size]

  size_t score_stride;
  base::AlignedBuffer<float> scores;      // [team_size][kQueryRows, max_length]
  base::AlignedBuffer<float> score_sums;  // [team_size][kQueryRows]
  std::vector<AttentionBytes> attention_bytes;  // [team_size]; of int8 models alone

  size_t staging_stride;
  base::AlignedBuffer<float> staging;  // [kBlockRows, max(3a, f or 2f, 2e)]  what a GEMM writes; MobileBERT: 6b, 3e
  base::AlignedBuffer<float> narrow;   // [kBlockRows, max(h, a)] (stride hidden_stride)
  base::AlignedBuffer<int32_t> row_numbers;  // 0 .. kBlockRows - 1
  base::AlignedBuffer<int32_t> zeros;        // [max_tokens] the positions of a family without their table

  // What an int8 matrix reads of a block: kernels::QuantizedRows.
  size_t byte_stride;
  base::AlignedBuffer<uint8_t> byte_values;  // [kBlockRows, max(h, a, f)]
  base::AlignedBuffer<float> byte_scales;    // [kBlockRows]
  base::AlignedBuffer<int32_t> byte_zeros;   // [kBlockRows]
  kernels::QuantizedRows bytes() {
    return {byte_values.data(), byte_stride, byte_scales.data(), byte_zeros.data()};
  }

  size_t pooled_stride;
  base::AlignedBuffer<float> pooled[2];  // [texts, widest of h and the Dense modules]
};

}  // namespace linnet::engine
