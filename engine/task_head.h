// engine/task_head.h - hidden states -> logits: the layers that follow the encoder for a task, and what
// turns logits into scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/aligned_buffer.h"
#include "engine/config.h"
#include "engine/encoder_weights.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// The memory of one worker's head. h hidden, t transform, n outputs.
struct HeadWorkspace {
  // Rows that go through the head at a time, and how many of their logits are held; 0: all.
  HeadWorkspace(const ModelConfig& config, size_t max_rows, size_t max_columns);

  size_t max_rows, hidden_stride, transform_stride, output_stride;
  base::AlignedBuffer<float> hidden;     // [rows, h]
  base::AlignedBuffer<float> transform;  // [rows, t]
  base::AlignedBuffer<float> outputs;    // [rows, n or max_columns]
  base::AlignedBuffer<float> zeros;      // [t]
};

// The rows of `hidden` that `rows` names, through transform and norm: [rows.size() <= max_rows, t or h],
// which lie in ws until the next call.
struct Rows {
  const float* data;
  size_t stride;
};
Rows transform_rows(const ModelConfig& config, const HeadWeights& weights,
                    const kernels::Kernels& kernels, const float* hidden, size_t stride,
                    std::span<const uint32_t> rows, HeadWorkspace& ws);

// The logits of the rows that `rows` names, any number: take(i, logits [n]) for each of them in order.
void head_logits(const ModelConfig& config, const HeadWeights& weights,
                 const kernels::Kernels& kernels, const float* hidden, size_t stride,
                 std::span<const uint32_t> rows, HeadWorkspace& ws,
                 const std::function<void(size_t, const float*)>& take);

// In place on x [n]: the same bits for the same numbers everywhere.
void softmax(const kernels::Kernels& kernels, std::span<float> x);
void sigmoid(const kernels::Kernels& kernels, std::span<float> x);

}  // namespace linnet::engine
