// The int8 encoder against the definition of its numbers, spelled out one token and one number at a time:
// bytes of a row, an integer product, the formula that makes floats of it. Every layer's hidden states have to
// have the same bits, on every tier. LayerNorm, GELU and softmax of a row are the scalar tier's, which have
// tests of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "engine/packed_batch.h"
#include "tests/engine/embed_all.h"

namespace linnet::engine {
namespace {

using Row = std::vector<float>;
using Rows = std::vector<Row>;

struct SlowEncoder {
  const EncoderConfig& config;
  const EncoderWeights& weights;
  const kernels::Kernels& rows = kernels::kernels_for(kernels::Isa::kScalar);

  static Row product(const Linear& linear, const Row& x) {
    float low = 0, high = 0;
    Row scaled(linear.in);
    for (size_t j = 0; j < linear.in; ++j) {
      scaled[j] = x[j] * linear.balance[j];
      low = std::min(low, scaled[j]);
      high = std::max(high, scaled[j]);
    }
    const float scale = high - low < 0x1p-100f ? 1.0f : (high - low) / 255.0f, inverse = 1.0f / scale;
    const auto zero = static_cast<int64_t>(std::nearbyint(-low * inverse));
    Row y(linear.out);
    for (size_t n = 0; n < linear.out; ++n) {
      int64_t sum = 0, weight_sum = 0;
      for (size_t l = 0; l < linear.in; ++l) {
        const int64_t byte =
            std::clamp<int64_t>(static_cast<int64_t>(std::nearbyint(scaled[l] * inverse)) + zero, 0, 255);
        const size_t quad = n / 16 * (linear.int8.k4 / 4) + l / 4;
        const int64_t weight = linear.int8.values[quad * 64 + n % 16 * 4 + l % 4];
        sum += byte * weight;
        weight_sum += weight;
      }
      y[n] = std::fma(static_cast<float>(sum - zero * weight_sum), scale * linear.int8.scale[n], linear.bias[n]);
    }
    return y;
  }

  Row embed(int32_t id, int32_t position) const {
    const size_t h = config.hidden_size;
    Row word(h), place(h), y(h);
    for (size_t j = 0; j < h; ++j) {
      const auto at = [&](const Table& table, int32_t row) {
        const auto i = static_cast<size_t>(row);
        return table.scale[i] * static_cast<float>(table.s8[i * h + j]);
      };
      word[j] = at(weights.word, id);
      place[j] = at(weights.position, position);
    }
    const int32_t first = 0;
    rows.embed_layer_norm(word.data(), weights.token_type, place.data(), &first, &first, &first,
                          weights.norm.gamma, weights.norm.beta, config.layer_norm_eps, y.data(), h, 1, h);
    return y;
  }

  // What one token's query makes of all tokens' keys and values.
  Row attend(const Rows& qkv, size_t token) const {
    const size_t h = config.hidden_size, d = config.head_size(), length = qkv.size();
    Row context(h), scores((length + 15) / 16 * 16);
    for (size_t head = 0; head < config.num_heads; ++head) {
      for (size_t key = 0; key < length; ++key) {
        float sum = 0;
        for (size_t j = head * d; j < (head + 1) * d; ++j) sum = std::fma(qkv[token][j], qkv[key][h + j], sum);
        scores[key] = sum;
      }
      float total = 0;
      rows.softmax_unnormalized(scores.data(), scores.size(), 1, length, 1.0f / std::sqrt(static_cast<float>(d)),
                                &total);
      for (size_t j = head * d; j < (head + 1) * d; ++j) {
        float sum = 0;
        for (size_t key = 0; key < length; ++key) sum = std::fma(scores[key], qkv[key][2 * h + j], sum);
        context[j] = sum / total;
      }
    }
    return context;
  }

  // The same of a text that is long enough for bytes: engine/attention_int8.h.
  Row attend_int8(const Rows& qkv, size_t token) const {
    const size_t h = config.hidden_size, d = config.head_size(), length = qkv.size();
    const float head_scale = 1.0f / std::sqrt(static_cast<float>(d));
    const auto rounded = [](float x, float factor) {  // their exact product
      return static_cast<int64_t>(std::nearbyint(static_cast<double>(x) * static_cast<double>(factor)));
    };
    const auto scale_of = [](float width) { return width < 0x1p-100f ? 1.0f : width / 127.0f; };
    Row context(h), scores((length + 15) / 16 * 16);
    for (size_t head = 0; head < config.num_heads; ++head) {
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

  Row add_and_norm(const Row& x, const Row& residual, const LayerNorm& norm) const {
    const size_t h = x.size();
    const Row nothing(h, -0.0f);  // the only number that adds nothing to -0
    Row y(h);
    rows.add_bias_residual_layer_norm(x.data(), h, nothing.data(), residual.data(), h, norm.gamma, norm.beta,
                                      config.layer_norm_eps, y.data(), h, 1, h);
    return y;
  }

  void gelu(Row& x) const {  // the bytes are dropped: product() makes its own
    std::vector<uint8_t> bytes((x.size() + 3) / 4 * 4);
    float scale = 0;
    int32_t zero = 0;
    rows.gelu_quantize(x.data(), x.size(), 1, x.size(), nullptr, {bytes.data(), bytes.size(), &scale, &zero});
  }

  // Hidden states after the embeddings and after each layer.
  std::vector<Rows> run(const PackedBatch& batch) const {
    Rows hidden;
    for (size_t i = 0; i < batch.num_tokens(); ++i) {
      hidden.push_back(embed(batch.ids.data()[i], batch.positions.data()[i]));
    }
    std::vector<Rows> layers = {hidden};
    for (const LayerWeights& layer : weights.layers) {
      Rows qkv;
      for (const Row& x : hidden) qkv.push_back(product(layer.qkv, x));
      for (size_t i = 0; i < hidden.size(); ++i) {
        const Row context = hidden.size() < kShortestInt8Attention ? attend(qkv, i) : attend_int8(qkv, i);
        const Row attended = product(layer.attention_output, context);
        hidden[i] = add_and_norm(attended, hidden[i], layer.attention_norm);
        Row up = product(layer.ffn_up, hidden[i]);
        gelu(up);
        hidden[i] = add_and_norm(product(layer.ffn_down, up), hidden[i], layer.output_norm);
      }
      layers.push_back(hidden);
    }
    return layers;
  }
};

struct Seen {
  const std::vector<Rows>& expected;
  const std::string where;
  size_t layers = 0;

  static void see(void* context, size_t layer, const float* hidden, size_t stride) {
    auto& self = *static_cast<Seen*>(context);
    ++self.layers;
    const Rows& rows = self.expected.at(layer);
    for (size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(std::memcmp(rows[i].data(), hidden + i * stride, rows[i].size() * sizeof(float)), 0)
          << self.where << ": layer " << layer << ", token " << i;
    }
  }
};

struct Int8Reference : testing::TestWithParam<std::string> {};

TEST_P(Int8Reference, EveryLayerHasTheBitsOfTheDefinition) {
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + GetParam();
  const auto model = Model::open(folder, {.isa = "", .precision = Precision::kInt8});
  ASSERT_TRUE(model.ok()) << model.status().message;
  const Model::Impl& impl = model.value().impl();
  const ModelConfig& config = impl.image->config();
  ASSERT_EQ(config.encoder.activation, Activation::kGelu);
  const SlowEncoder slow{config.encoder, impl.weights};
  PackedBatch batch(config.max_length, config.max_length);
  Workspace workspace(config, 2 * config.max_length, 2 * config.max_length, config.max_length);
  tokenizer::Scratch scratch;

  const std::vector<std::string> texts = tests::various_texts();
  for (size_t t = 0; t < texts.size(); t += 3) {
    batch.clear();
    const tokenizer::TokenBuffer out{.ids = batch.ids.data(), .capacity = config.max_length};
    batch.add_text(impl.tokenizer_impl->wordpiece.encode(texts[t], {}, out, scratch).num_tokens);
    const std::vector<Rows> expected = slow.run(batch);
    for (size_t i = 0; i < kernels::kNumIsas; ++i) {
      const auto isa = static_cast<kernels::Isa>(i);
      if (!kernels::isa_supported(isa)) continue;
      Seen seen{expected, "text " + std::to_string(t) + " on " + kernels::isa_name(isa)};
      const EncoderObserver observer{.context = &seen, .hidden = Seen::see, .input = nullptr};
      encoder_forward(config.encoder, impl.weights, kernels::kernels_for(isa), batch, workspace,
                      {.observer = &observer});
      ASSERT_EQ(seen.layers, expected.size());
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, Int8Reference, testing::Values("tiny_bert", "tiny_bert_odd", "tiny_bert_plain"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace linnet::engine
