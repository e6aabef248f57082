// engine/quantize_weights.h - fp32 weights -> int8 weights, pair-bounded, columns balanced.
//
// Symmetric, one scale an output channel. For each pair along k |w[2i] + w[2i+1]| <= 128: then two products
// with unsigned bytes always fit 16 bits (255 * 128 = 32,640), and vpmaddubsw, which adds pairs in 16 bits
// with saturation, gives the same integers as everything else. The same bytes on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/error_feedback.h"

namespace linnet::engine {

constexpr int kPairBound = 128;

// t [in]: input column j is divided by t[j] before it is quantized and weight column j multiplied by it, so
// that both spread their bits alike: t = sqrt(reach) / sqrt(max|w|), 1 where either is 0 (SmoothQuant, Xiao et
// al. 2023, with alpha 0.5). reach [in]: how far the inputs reach, see column_reach; weights: panels [panels][in][16].
std::vector<float> balance_columns(std::span<const float> reach, const float* weights, size_t panels);

// The fourth root of the mean fourth power of each column of x [rows, k]: between what is usual and the one value
// that is farthest out.
std::vector<float> column_reach(std::span<const float> x, size_t k);

// Where one panel goes.
struct PanelS8 {
  int8_t* values;       // [k4 / 4][16][4], k4 = k rounded up to 4; the padding stays as it is
  float* scale;         // [16]; 0 for a channel of zeros
  int32_t* column_sum;  // [16]
};

// weights [k][16], times t [k] -> `to`. Each channel's scale is the one of c * max|w| / 127, c from 0.7
// to 2.0, that leaves the least squared error; then the weights are rounded with `feedback` of the inputs.
void quantize_panel(const kernels::Kernels& kernels, const float* weights, std::span<const float> t,
                    const ErrorFeedback& feedback, PanelS8 to);

// One row of an embedding table [n] -> values [n], times the returned scale; chosen the same way.
float quantize_row(const float* row, size_t n, int8_t* values);

}  // namespace linnet::engine
