// Texts of 2,048 tokens through rotary positions and ALiBi, which have no table that would end before: against
// the definition in plain double-precision code, and with the same bits alone, in a batch and shared by a team.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "engine/packed_batch.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"
#include "tests/engine/task_cases.h"

namespace linnet::engine {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

#ifdef LINNET_SLOW_BUILD
constexpr uint32_t kLength = 640;
#else
constexpr uint32_t kLength = 2048;
#endif

Row product(const Linear& linear, const Row& x) {
  Row y(linear.out);
  for (size_t n = 0; n < linear.out; ++n) {
    y[n] = linear.bias[n];
    for (size_t k = 0; k < linear.in; ++k) y[n] += x[k] * linear.weight[(n / 16 * linear.in + k) * 16 + n % 16];
  }
  return y;
}

Row layer_norm(const Row& x, const LayerNorm& norm, double eps) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double variance = 0;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  Row y(x.size());
  for (size_t j = 0; j < x.size(); ++j) y[j] = (x[j] - mean) / std::sqrt(variance + eps) * norm.gamma[j] + norm.beta[j];
  return y;
}

// The definition of a gated layer with positions in its attention (Su et al. 2021; Press et al. 2022).
struct SlowEncoder {
  const EncoderConfig& config;
  const EncoderWeights& weights;

  // Pair i of a head's columns, i and i + d / 2, turns by position / base^(2 i / d); by a factor's (2 / d)-th power
  // less where there is one. The frequency is a float in the reference, too: a long text's position multiplies what it
  // was rounded by.
  void turn(Row& x, size_t begin, size_t position, size_t length) const {
    const RotaryConfig& rotary = config.rotary;
    const auto d = static_cast<double>(rotary.size);
    double base = rotary.base * rotary.ntk_factor;
    if (rotary.stretch > 0 && length > rotary.unstretched) {
      const double longer = static_cast<double>(length) / rotary.unstretched;
      base *= std::pow(rotary.stretch * longer - (rotary.stretch - 1), d / (d - 2));
    }
    for (size_t i = 0; i < rotary.size / 2; ++i) {
      const double frequency =
          std::pow(base, -2.0 * static_cast<double>(i) / d) * std::pow(rotary.ntk_factor, -2.0 / d);
      const double angle = static_cast<double>(position) * static_cast<double>(static_cast<float>(frequency));
      double &a = x[begin + i], &b = x[begin + rotary.size / 2 + i];
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = b * std::cos(angle) + a * std::sin(angle);
      a = turned;
    }
  }

  // How fast ALiBi's scores fall with the distance.
  double slope(size_t head) const {
    if (config.positions != Positions::kAlibi) return 0;
    const auto below = std::bit_floor(size_t{config.num_heads});
    const auto n = static_cast<double>(below), i = static_cast<double>(head);
    return head < below ? std::pow(2, -8 * (i + 1) / n) : std::pow(2, -4 * (2 * (i - n) + 1) / n);
  }

  Rows attend(const Rows& qkv) const {
    const size_t h = config.hidden_size, d = config.head_size(), length = qkv.size();
    Rows context(length, Row(h));
    Row weight(length);
    for (size_t head = 0; head < config.num_heads; ++head) {
      for (size_t query = 0; query < length; ++query) {
        double total = 0;
        for (size_t key = 0; key < length; ++key) {
          double score = 0;
          for (size_t j = head * d; j < (head + 1) * d; ++j) score += qkv[query][j] * qkv[key][h + j];
          const double distance = std::abs(static_cast<double>(key) - static_cast<double>(query));
          weight[key] = std::exp(score / std::sqrt(static_cast<double>(d)) - slope(head) * distance);
          total += weight[key];
        }
        for (size_t key = 0; key < length; ++key) {
          const double share = weight[key] / total;
          for (size_t j = head * d; j < (head + 1) * d; ++j) context[query][j] += share * qkv[key][2 * h + j];
        }
      }
    }
    return context;
  }

  double activation(double x) const {
    if (config.activation == Activation::kSilu) return x / (1 + std::exp(-x));
    return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
  }

  Row add_and_norm(const Row& x, const Row& residual, const LayerNorm& norm) const {
    Row sum(x.size());
    for (size_t j = 0; j < x.size(); ++j) sum[j] = x[j] + residual[j];
    return layer_norm(sum, norm, config.layer_norm_eps);
  }

  Rows run(const std::vector<int32_t>& ids) const {
    const size_t h = config.hidden_size, f = config.intermediate_size;
    Rows hidden;
    for (const int32_t id : ids) {
      Row x(h);
      for (size_t j = 0; j < h; ++j) x[j] = weights.word.f32[static_cast<size_t>(id) * h + j] + weights.token_type[j];
      hidden.push_back(layer_norm(x, weights.norm, config.layer_norm_eps));
    }
    for (const LayerWeights& layer : weights.layers) {
      Rows qkv;
      for (size_t i = 0; i < hidden.size(); ++i) {
        qkv.push_back(product(layer.qkv, hidden[i]));
        if (config.positions != Positions::kRotary) continue;
        for (size_t head = 0; head < 2 * config.num_heads; ++head) {  // queries, keys
          turn(qkv[i], head * config.head_size(), i, hidden.size());
        }
      }
      const Rows context = attend(qkv);
      for (size_t i = 0; i < hidden.size(); ++i) {
        hidden[i] = add_and_norm(product(layer.attention_output, context[i]), hidden[i], layer.attention_norm);
        Row up = product(layer.ffn_up, hidden[i]);
        for (size_t j = 0; j < f; ++j) up[j] = activation(up[j]) * up[f + j];
        up.resize(f);
        hidden[i] = add_and_norm(product(layer.ffn_down, up), hidden[i], layer.output_norm);
      }
    }
    return hidden;
  }
};

// A golden model whose texts may have kLength tokens.
struct LongContext : testing::TestWithParam<std::string> {
  LongContext() {
    folder.edit("config.json", [](tests::json& config) {
      config[config.contains("n_positions") ? "n_positions" : "max_position_embeddings"] = kLength;
    });
    folder.edit("tokenizer_config.json", [](tests::json& config) { config["model_max_length"] = kLength; });
  }
  tests::HfFolder folder{"tasks/" + GetParam()};
};

// Words of one token each.
std::string text_of(size_t words, size_t seed) {
  constexpr const char* kWords[] = {"the", "quick", "brown", "fox", "people", "water", "day", "one", "two"};
  std::string text;
  for (size_t i = 0; i < words; ++i) text += std::string(kWords[(i * i + seed * i + i / 5) % 9]) + " ";
  return text;
}

TEST_P(LongContext, HasTheHiddenStatesOfTheDefinition) {
  const Model model = tests::open_model(folder.path());
  const Model::Impl& impl = model.impl();
  const EncoderConfig& config = impl.image->config().encoder;
  PackedBatch batch(kLength, kLength);
  tokenizer::Scratch scratch;
  const tokenizer::TokenBuffer out{.ids = batch.ids.data(), .capacity = kLength};
  batch.add_text(impl.tokenizer_impl->wordpiece.encode(text_of(kLength - 2, 3), {}, out, scratch).num_tokens);
  ASSERT_EQ(batch.num_tokens(), kLength);
  Workspace workspace(impl.image->config(), kLength, 1, kLength);
  encoder_forward(config, impl.weights, *impl.kernels, batch, workspace);

  const SlowEncoder slow{config, impl.weights};
  const Rows expected = slow.run({batch.ids.data(), batch.ids.data() + kLength});
  std::vector<float> found, wanted;
  for (size_t i = 0; i < kLength; ++i) {
    const float* row = workspace.hidden.data() + i * workspace.hidden_stride;
    found.insert(found.end(), row, row + config.hidden_size);
    wanted.insert(wanted.end(), expected[i].begin(), expected[i].end());
  }
  EXPECT_LE(tests::relative_difference(found, wanted), 2e-5);
}

TEST_P(LongContext, HasTheSameBitsAloneAndInABatch) {
  const std::vector<std::string> texts = {text_of(kLength - 2, 1), "the fox", text_of(kLength / 2 + 1, 2),
                                          text_of(2 * kLength, 4), ""};
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    const auto model = Model::open(folder.path(), {.isa = "", .precision = precision});
    ASSERT_TRUE(model.ok()) << model.status().message;
    ASSERT_EQ(model.value().info().max_length, kLength);
    const std::vector<float> alone = tests::embed_all(model.value(), texts, 1);
    for (const auto& [threads, mode] : {std::pair{1u, Mode::kThroughput}, std::pair{2u, Mode::kLatency}}) {
      const std::vector<float> together =
          tests::embed_all(model.value(), texts, texts.size(), {.num_threads = threads, .mode = mode});
      EXPECT_TRUE(tests::same_bits(together, alone)) << precision_name(precision) << ", " << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, LongContext, testing::Values("nomic", "nomic_stretched", "jina", "gte"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace linnet::engine
