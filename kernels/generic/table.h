// kernels/generic/table.h - a tier's struct Kernels, once its gemm and the row passes are in sight.
#pragma once

namespace linnet::kernels {
namespace {

constexpr Kernels make_table(const char* name) {
  return {.name = name,
          .gemm_f32 = gemm_f32,
          .gemm_s8 = gemm_s8,
          .quantize_rows = quantize_rows,
          .gelu_quantize = gelu_quantize,
          .residual_layer_norm_quantize = residual_layer_norm_quantize,
          .add_bias = add_bias,
          .add_bias_gelu = add_bias_gelu,
          .add_bias_gelu_tanh = add_bias_gelu_tanh,
          .add_bias_relu = add_bias_relu,
          .add_bias_silu = add_bias_silu,
          .add_bias_sigmoid = add_bias_sigmoid,
          .add_bias_tanh = add_bias_tanh,
          .log1p_relu = log1p_relu,
          .gate_gelu = gate_gelu,
          .gate_gelu_tanh = gate_gelu_tanh,
          .gate_relu = gate_relu,
          .gate_silu = gate_silu,
          .sin_cos = sin_cos_of,
          .rotate_halves = rotate_halves,
          .add_bias_residual_layer_norm = add_bias_residual_layer_norm,
          .residual_no_norm = residual_no_norm,
          .embed_layer_norm = embed_layer_norm,
          .softmax_unnormalized = softmax_unnormalized,
          .quantize_panels = quantize_panels,
          .quantize_queries = quantize_queries,
          .softmax_split14 = softmax_split14,
          .divide_split14 = divide_split14,
          .scale_add_distance_bias = scale_add_distance_bias,
          .divide_rows = divide_rows,
          .transpose_rows = transpose_rows,
          .mean_rows = mean_rows,
          .max_rows = max_rows,
          .mean_sqrt_len_rows = mean_sqrt_len_rows,
          .weighted_mean_rows = weighted_mean_rows,
          .l2_normalize = l2_normalize};
}

}  // namespace
}  // namespace linnet::kernels
