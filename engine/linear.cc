#include "engine/linear.h"

#include <algorithm>
#include <cassert>

#include "engine/profile.h"

namespace linnet::engine {

void add_bias_activate(const kernels::Kernels& kernels, Activation activation, float* y, size_t ldy,
                       size_t rows, size_t n, const float* bias) {
  switch (activation) {
    case Activation::kIdentity:
      if (bias != nullptr) kernels.add_bias(y, ldy, rows, n, bias);
      return;
    case Activation::kTanh:
      return kernels.add_bias_tanh(y, ldy, rows, n, bias);
    case Activation::kGelu:
      return kernels.add_bias_gelu(y, ldy, rows, n, bias);
    case Activation::kGeluTanh:
      return kernels.add_bias_gelu_tanh(y, ldy, rows, n, bias);
    case Activation::kRelu:
      return kernels.add_bias_relu(y, ldy, rows, n, bias);
    case Activation::kSilu:
      return kernels.add_bias_silu(y, ldy, rows, n, bias);
  }
}

void add_bias_gate(const kernels::Kernels& kernels, Activation activation, float* x, size_t ldx, size_t rows,
                   size_t n, const float* bias) {
  switch (activation) {
    case Activation::kGelu:
      return kernels.gate_gelu(x, ldx, rows, n, bias);
    case Activation::kGeluTanh:
      return kernels.gate_gelu_tanh(x, ldx, rows, n, bias);
    case Activation::kRelu:
      return kernels.gate_relu(x, ldx, rows, n, bias);
    case Activation::kSilu:
      return kernels.gate_silu(x, ldx, rows, n, bias);
    case Activation::kIdentity:
    case Activation::kTanh:
      assert(false);  // of no encoder: engine/metadata.cc
  }
}

Linear columns_of(const Linear& linear, Range panels) {
  const size_t first = 16 * panels.begin;
  Linear part = linear;
  part.out = std::min(linear.out, 16 * panels.end) - std::min(linear.out, first);
  if (linear.bias != nullptr) part.bias += first;
  if (linear.is_int8()) {
    part.int8 = {.values = linear.int8.values + first * linear.int8.k4,
                 .panels = panels.size(),
                 .k4 = linear.int8.k4,
                 .scale = linear.int8.scale + first,
                 .column_sum = linear.int8.column_sum + first,
                 .bias = linear.int8.bias + first};
  } else {
    part.weight += first * linear.in;
  }
  return part;
}

void multiply(const kernels::Kernels& kernels, const Linear& linear, const float* x, size_t ldx,
              size_t rows, float* y, size_t ldy) {
  if (linear.backend != nullptr) {
    const InPart in(Part::kGemm);
    if (linear.backend->gemm_f32(x, ldx, rows, linear.weight, linear.panels(), linear.in, y, ldy)) return;
  }
  kernels.gemm_f32(x, ldx, rows, linear.weight, linear.panels(), linear.in, y, ldy);
}

void multiply(const kernels::Kernels& kernels, const Linear& linear, const kernels::QuantizedRows& x,
              size_t rows, float* y, size_t ldy) {
  if (linear.backend != nullptr) {
    const InPart in(Part::kGemm);
    if (linear.backend->gemm_s8(x, rows, linear.int8, y, ldy)) return;
  }
  kernels.gemm_s8(x, rows, linear.int8, y, ldy);
}

void apply(const kernels::Kernels& kernels, const Linear& linear, Activation activation, const float* x,
           size_t ldx, size_t rows, float* y, size_t ldy) {
  multiply(kernels, linear, x, ldx, rows, y, ldy);
  add_bias_activate(kernels, activation, y, ldy, rows, linear.out, linear.bias);
}

}  // namespace linnet::engine
