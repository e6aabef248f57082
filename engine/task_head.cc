#include "engine/task_head.h"

#include <algorithm>
#include <vector>

#include "engine/workspace.h"

namespace linnet::engine {

HeadWorkspace::HeadWorkspace(const ModelConfig& config, size_t rows, size_t max_columns)
    : max_rows(rows),
      hidden_stride(padded_stride(config.encoder.hidden_size)),
      transform_stride(padded_stride(std::max(config.encoder.hidden_size, config.head.transform_size))),
      output_stride(padded_stride(max_columns == 0 ? config.head.num_outputs : max_columns)),
      hidden(max_rows * hidden_stride),
      transform(max_rows * transform_stride),
      outputs(max_rows * output_stride),
      zeros(transform_stride) {}

Rows transform_rows(const ModelConfig& config, const HeadWeights& weights,
                    const kernels::Kernels& kernels, const float* hidden, size_t stride,
                    std::span<const uint32_t> rows, HeadWorkspace& ws) {
  const size_t h = config.encoder.hidden_size, t = config.head.transform_size;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(hidden + rows[i] * stride, h, ws.hidden.data() + i * ws.hidden_stride);
  }
  if (t == 0) return {ws.hidden.data(), ws.hidden_stride};
  float* y = ws.transform.data();
  apply(kernels, weights.transform, config.head.activation, ws.hidden.data(), ws.hidden_stride,
        rows.size(), y, ws.transform_stride);
  if (config.head.norm) {  // of y alone: the residual is one row of zeros
    kernels.add_bias_residual_layer_norm(y, ws.transform_stride, ws.zeros.data(), ws.zeros.data(), 0,
                                         weights.norm.gamma, weights.norm.beta,
                                         config.encoder.layer_norm_eps, y, ws.transform_stride,
                                         rows.size(), t);
  }
  return {y, ws.transform_stride};
}

void head_logits(const ModelConfig& config, const HeadWeights& weights,
                 const kernels::Kernels& kernels, const float* hidden, size_t stride,
                 std::span<const uint32_t> rows, HeadWorkspace& ws,
                 const std::function<void(size_t, const float*)>& take) {
  for (size_t begin = 0; begin < rows.size(); begin += ws.max_rows) {
    const size_t n = std::min(ws.max_rows, rows.size() - begin);
    const Rows x =
        transform_rows(config, weights, kernels, hidden, stride, rows.subspan(begin, n), ws);
    apply(kernels, weights.output, Activation::kIdentity, x.data, x.stride, n, ws.outputs.data(),
          ws.output_stride);
    for (size_t i = 0; i < n; ++i) take(begin + i, ws.outputs.data() + i * ws.output_stride);
  }
}

void softmax(const kernels::Kernels& kernels, std::span<float> x) {
  thread_local std::vector<float> row;  // the kernel writes whole vectors of 16
  row.assign(round_up_16(x.size()), 0.0f);
  std::copy(x.begin(), x.end(), row.begin());
  float sum = 0;
  kernels.softmax_unnormalized(row.data(), row.size(), 1, x.size(), 1.0f, &sum);
  kernels.divide_rows(row.data(), row.size(), 1, x.size(), &sum);
  std::copy_n(row.begin(), x.size(), x.begin());
}

void sigmoid(const kernels::Kernels& kernels, std::span<float> x) {
  kernels.add_bias_sigmoid(x.data(), x.size(), 1, x.size(), nullptr);
}

}  // namespace linnet::engine
