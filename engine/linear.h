// engine/linear.h - y = act(x W^T + b): the one thing that encoder, Dense modules and heads are made of.
#pragma once

#include <cstddef>

#include "engine/backend.h"
#include "engine/config.h"
#include "engine/team.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// y = x W^T + b, W packed in panels of 16 outputs. Of the two kinds of weight one is there.
struct Linear {
  const float* weight = nullptr;  // fp32 [panels][in][16]
  const float* bias = nullptr;    // [16 * panels]; null: the model has none
  size_t in = 0, out = 0;

  kernels::WeightsS8 int8 = {};    // with the bias
  const float* balance = nullptr;  // [in] int8: what the inputs are multiplied by when they are quantized

  Backend* backend = nullptr;  // who multiplies; null: the kernels

  bool is_int8() const { return int8.values != nullptr; }
  size_t panels() const { return (out + 15) / 16; }
};

// Some of the panels as a Linear of its own, whose y begins at column 16 * panels.begin.
Linear columns_of(const Linear& linear, Range panels);

// x [rows, in] -> y [rows, 16 * panels], before the bias, for a row pass to go on with. fp32.
void multiply(const kernels::Kernels& kernels, const Linear& linear, const float* x, size_t ldx,
              size_t rows, float* y, size_t ldy);

// The same of rows of bytes, with the bias. int8.
void multiply(const kernels::Kernels& kernels, const Linear& linear, const kernels::QuantizedRows& x,
              size_t rows, float* y, size_t ldy);

// y [rows, n] = act(y + bias). bias [n], or null.
void add_bias_activate(const kernels::Kernels& kernels, Activation activation, float* y, size_t ldy,
                       size_t rows, size_t n, const float* bias);

// x [rows, 2n] (gate, up): its first n columns become act(gate + bias) * (up + bias). bias [2n], or null.
// REQUIRES: activation is none of kIdentity and kTanh.
void add_bias_gate(const kernels::Kernels& kernels, Activation activation, float* x, size_t ldx, size_t rows,
                   size_t n, const float* bias);

// The whole of it, fp32, for what stands outside the layers and for MobileBERT: x [rows, in] -> y [rows, out]; y has
// room for 16 * panels columns.
void apply(const kernels::Kernels& kernels, const Linear& linear, Activation activation, const float* x,
           size_t ldx, size_t rows, float* y, size_t ldy);

}  // namespace linnet::engine
