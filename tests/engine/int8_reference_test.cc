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
#include "tests/engine/attention_definition.h"
#include "tests/engine/embed_all.h"

namespace linnet::engine {
namespace {

using tests::Row;
using tests::Rows;

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
        const tests::AttentionDefinition attention{qkv, config.num_heads, rows};
        const bool in_bytes = hidden.size() >= kShortestInt8Attention;
        const Row context = in_bytes ? attention.attend_int8(i) : attention.attend(i);
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
