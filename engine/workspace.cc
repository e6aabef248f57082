#include "engine/workspace.h"

#include <algorithm>
#include <numeric>

namespace linnet::engine {
namespace {

size_t widest_pooled(const ModelConfig& config) {
  size_t widest = config.encoder.hidden_size;
  for (const DenseConfig& dense : config.dense) {
    widest = std::max<size_t>(widest, dense.out_features);
  }
  return widest;
}

}  // namespace

Workspace::Workspace(const ModelConfig& config, size_t max_tokens, size_t max_texts,
                     size_t max_length, size_t team_size) {
  const EncoderConfig& encoder = config.encoder;
  const size_t h = encoder.hidden_size, a = encoder.attention_size(), d = encoder.head_size();
  const size_t heads = encoder.num_heads, b = encoder.bottleneck.size;

  // A head's last 16 columns may reach past a by up to 15: attention() writes whole vectors.
  hidden_stride = padded_stride(std::max<size_t>({h, a, encoder.embedding_size}) + 15);
  hidden = base::AlignedBuffer<float>(max_tokens * hidden_stride);
  context = base::AlignedBuffer<float>(max_tokens * hidden_stride);

  if (encoder.has_bottleneck()) {
    inner_stride = padded_stride(b);
    inner = base::AlignedBuffer<float>(max_tokens * inner_stride);
    zero_row = base::AlignedBuffer<float>(std::max(h, b));
  }

  q = base::AlignedBuffer<float>(max_tokens * a);
  k = base::AlignedBuffer<float>((max_tokens + 15 * max_texts) * a);
  v = base::AlignedBuffer<float>(max_tokens * heads * round_up_16(d));

  if (encoder.positions == Positions::kRotary) {
    rotary.reserve(team_size);
    for (size_t i = 0; i < team_size; ++i) rotary.emplace_back(encoder.rotary);
  }

  score_stride = padded_stride(max_length);
  scores = base::AlignedBuffer<float>(team_size * kQueryRows * score_stride);
  score_sums = base::AlignedBuffer<float>(team_size * kQueryRows);
  if (config.precision == Precision::kInt8) {
    attention_bytes.reserve(team_size);
    for (size_t i = 0; i < team_size; ++i) attention_bytes.emplace_back(encoder, max_length);
  }

  staging_stride = padded_stride(
      std::max<size_t>({3 * a, (encoder.gated ? 2 : 1) * size_t{encoder.intermediate_size},
                        2 * encoder.embedding_size, 2 * round_up_16(3 * b), encoder.projected_size()}));
  staging = base::AlignedBuffer<float>(kBlockRows * staging_stride);
  narrow = base::AlignedBuffer<float>(kBlockRows * hidden_stride);
  row_numbers = base::AlignedBuffer<int32_t>(kBlockRows);
  std::iota(row_numbers.data(), row_numbers.data() + kBlockRows, 0);

  if (!encoder.has_position_table()) zeros = base::AlignedBuffer<int32_t>(max_tokens);

  byte_stride = padded_byte_stride(std::max<size_t>({h, a, encoder.intermediate_size}));
  byte_values = base::AlignedBuffer<uint8_t>(kBlockRows * byte_stride);
  byte_scales = base::AlignedBuffer<float>(kBlockRows);
  byte_zeros = base::AlignedBuffer<int32_t>(kBlockRows);

  pooled_stride = padded_stride(widest_pooled(config));
  for (auto& buffer : pooled) buffer = base::AlignedBuffer<float>(max_texts * pooled_stride);
}

}  // namespace linnet::engine
