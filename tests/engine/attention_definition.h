// tests/engine/attention_definition.h - attention of one text, one number at a time, in both precisions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kernels.h"

namespace linnet::tests {

using Row = std::vector<float>;
using Rows = std::vector<Row>;

struct AttentionDefinition {
  const Rows& qkv;                 // [length][3h]
  size_t heads;
  const kernels::Kernels& rows;    // whose softmax of a row it takes, which has tests of its own
  std::span<const float> bias = {};  // [heads][2 * most + 1]: of distance 0 in the middle
  size_t length = qkv.size(), h = qkv[0].size() / 3, d = h / heads;

  // What one token's query makes of all tokens' keys and values.
  Row attend(size_t token) const {
    Row context(h), scores((length + 15) / 16 * 16);
    for (size_t head = 0; head < heads; ++head) {
      for (size_t key = 0; key < length; ++key) {
        float sum = 0;
        for (size_t j = head * d; j < (head + 1) * d; ++j) sum = std::fma(qkv[token][j], qkv[key][h + j], sum);
        scores[key] = sum;
      }
      float total = 0;
      const float scale = add_bias(scores, head, token);
      rows.softmax_unnormalized(scores.data(), scores.size(), 1, length, scale, &total);
      for (size_t j = head * d; j < (head + 1) * d; ++j) {
        float sum = 0;
        for (size_t key = 0; key < length; ++key) sum = std::fma(scores[key], qkv[key][2 * h + j], sum);
        context[j] = sum / total;
      }
    }
    return context;
  }

  // The same in int8: engine/attention_int8.h.
  Row attend_int8(size_t token) const {
    const auto rounded = [](float x, float factor) {  // their exact product
      return static_cast<int64_t>(std::nearbyint(static_cast<double>(x) * static_cast<double>(factor)));
    };
    const auto scale_of = [](float width) { return width < 0x1p-100f ? 1.0f : width / 127.0f; };
    Row context(h), scores((length + 15) / 16 * 16);
    for (size_t head = 0; head < heads; ++head) {
      const float* query = &qkv[token][head * d];
      const float low = std::min(0.0f, *std::min_element(query, query + d));
      const float query_scale = scale_of(std::max(0.0f, *std::max_element(query, query + d)) - low);
      const float query_inverse = 1.0f / query_scale;
      const int64_t zero = rounded(-low, query_inverse);
      for (size_t key = 0; key < length; ++key) {
        const float* k = &qkv[key][h + head * d];
        float most = 0;
        for (size_t j = 0; j < d; ++j) most = std::max(most, std::abs(k[j]));
        const float key_scale = scale_of(most), key_inverse = 1.0f / key_scale;
        int64_t sum = 0, key_sum = 0;
        for (size_t j = 0; j < d; ++j) {
          const int64_t s8 = rounded(k[j], key_inverse);
          sum += (static_cast<int64_t>(std::nearbyint(query[j] * query_inverse)) + zero) * s8;
          key_sum += s8;
        }
        scores[key] = static_cast<float>(sum - zero * key_sum) * (query_scale * key_scale);
      }
      const size_t ld = (length + 3) / 4 * 4;
      std::vector<uint8_t> parts(2 * ld);
      float total = 0;
      const float head_scale = add_bias(scores, head, token);
      rows.softmax_split14(scores.data(), scores.size(), 1, length, head_scale, parts.data(), ld, &total);
      for (size_t j = head * d; j < (head + 1) * d; ++j) {
        float most = 0;
        for (const Row& row : qkv) most = std::max(most, std::abs(row[2 * h + j]));
        const float scale = scale_of(most), inverse = 1.0f / scale;
        int64_t high = 0, low_sum = 0;
        for (size_t key = 0; key < length; ++key) {
          const int64_t s8 = rounded(qkv[key][2 * h + j], inverse);
          high += parts[key] * s8;
          low_sum += parts[ld + key] * s8;
        }
        context[j] =
            (static_cast<float>(high) * (128.0f * scale) + static_cast<float>(low_sum) * scale) * (1.0f / total);
      }
    }
    return context;
  }

 private:
  // Scales and biases the scores where there is a bias. What is left for softmax to scale.
  float add_bias(Row& scores, size_t head, size_t token) const {
    const float scale = 1.0f / std::sqrt(static_cast<float>(d));
    if (bias.empty()) return scale;
    const size_t distances = bias.size() / heads;
    const float* const same_place = bias.data() + head * distances + distances / 2;
    for (size_t key = 0; key < length; ++key) {
      const auto distance = static_cast<ptrdiff_t>(key) - static_cast<ptrdiff_t>(token);
      scores[key] = std::fma(scores[key], scale, same_place[distance]);
    }
    return 1.0f;
  }
};

}  // namespace linnet::tests
