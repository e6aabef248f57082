#include "engine/attention_int8.h"

#include <algorithm>
#include <cmath>

#include "engine/strides.h"

namespace linnet::engine {

AttentionBytes::AttentionBytes(const EncoderConfig& config, size_t max_length) {
  const size_t d = config.head_size(), d16 = round_up_16(d), s16 = round_up_16(max_length);
  keys = base::AlignedBuffer<int8_t>(s16 * round_up_4(d));
  values = base::AlignedBuffer<int8_t>(d16 * round_up_4(max_length));
  key_scales = base::AlignedBuffer<float>(s16);
  key_sums = base::AlignedBuffer<int32_t>(s16);
  value_scales = base::AlignedBuffer<float>(d16);
  value_sums = base::AlignedBuffer<int32_t>(d16);
  no_bias = base::AlignedBuffer<float>(std::max(s16, d16));

  query_stride = padded_byte_stride(d);
  queries = base::AlignedBuffer<uint8_t>(kQueryRows * query_stride);
  query_scales = base::AlignedBuffer<float>(kQueryRows);
  query_zeros = base::AlignedBuffer<int32_t>(kQueryRows);

  weight_stride = padded_byte_stride(max_length);
  weights = base::AlignedBuffer<uint8_t>(2 * kQueryRows * weight_stride);
  weight_scales = base::AlignedBuffer<float>(2 * kQueryRows);
  for (size_t i = 0; i < 2 * kQueryRows; ++i) weight_scales.data()[i] = i % 2 == 0 ? 128.0f : 1.0f;
  weight_zeros = base::AlignedBuffer<int32_t>(2 * kQueryRows);
  product_stride = padded_stride(d);
  products = base::AlignedBuffer<float>(2 * kQueryRows * product_stride);
}

void attend_head_int8(const kernels::Kernels& kernels, const Head& head, AttentionBytes& bytes, float* scores,
                      size_t score_stride, float* sums) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head.d));
  const size_t length = head.length, d = head.d, key_panels = (length + 15) / 16, value_panels = (d + 15) / 16;
  kernels.quantize_panels(head.k, key_panels, d, {bytes.keys.data(), bytes.key_scales.data(), bytes.key_sums.data()});
  kernels.quantize_panels(head.v, value_panels, length,
                          {bytes.values.data(), bytes.value_scales.data(), bytes.value_sums.data()});
  const kernels::WeightsS8 keys = {bytes.keys.data(),       key_panels,           round_up_4(d),
                                   bytes.key_scales.data(), bytes.key_sums.data(), bytes.no_bias.data()};
  const kernels::WeightsS8 values = {bytes.values.data(),       value_panels,             round_up_4(length),
                                     bytes.value_scales.data(), bytes.value_sums.data(), bytes.no_bias.data()};
  const kernels::QuantizedRows queries = {bytes.queries.data(), bytes.query_stride, bytes.query_scales.data(),
                                          bytes.query_zeros.data()};
  const kernels::QuantizedRows weights = {bytes.weights.data(), bytes.weight_stride, bytes.weight_scales.data(),
                                          bytes.weight_zeros.data()};

  const size_t blocks = (head.queries + kQueryRows - 1) / kQueryRows;
  for (size_t b = 0; b < blocks; ++b) {
    const size_t begin = head.queries * b / blocks, rows = head.queries * (b + 1) / blocks - begin;
    kernels.quantize_queries(head.q + begin * d, d, rows, d, queries);
    kernels.gemm_s8(queries, rows, keys, scores, score_stride);
    if (head.bias != nullptr) {
      kernels.scale_add_distance_bias(scores, score_stride, rows, length, scale, head.bias - begin);
    }
    kernels.softmax_split14(scores, score_stride, rows, length, head.bias ? 1.0f : scale, bytes.weights.data(),
                            bytes.weight_stride, sums);
    kernels.gemm_s8(weights, 2 * rows, values, bytes.products.data(), bytes.product_stride);
    kernels.divide_split14(bytes.products.data(), bytes.product_stride, rows, d, sums,
                           head.context + begin * head.context_stride, head.context_stride);
  }
}

}  // namespace linnet::engine
