// Attention against its definition, bit for bit, on every tier: head sizes from 1 to 128, texts of 1 to 700 tokens
// together in a batch, with and without a bias by distance, in fp32 and in int8, by one worker and by two.
#include "engine/attention.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

#include "tests/engine/attention_definition.h"
#include "tests/kernels/tiers_under_test.h"

namespace linnet::engine {
namespace {

using tests::Rows;

// Of a text's tokens some: the definition takes long.
constexpr size_t kEveryToken = 37;

struct Case {
  uint32_t heads, d;
  Precision precision;
  bool has_bias;
  std::vector<size_t> lengths;
};

// Ordinary numbers, and among them zeros, subnormals and some so large that their tokens take all the weight.
float value(std::mt19937& engine) {
  const uint32_t kind = static_cast<uint32_t>(engine()) % 200;
  if (kind == 0) return 0.0f;
  if (kind == 1) return 1e-40f;
  if (kind == 2) return -1e15f;
  return std::normal_distribution<float>()(engine);
}

class Attention {
 public:
  explicit Attention(const Case& c) : case_(c), batch_(total(), longest()) {
    EncoderConfig& encoder = config_.encoder;
    encoder.num_heads = c.heads;
    encoder.hidden_size = c.heads * c.d;
    encoder.intermediate_size = encoder.hidden_size;
    config_.precision = c.precision;
    std::mt19937 random(c.d);
    for (const size_t length : c.lengths) {
      batch_.add_text(length);
      Rows& text = texts_.emplace_back(length, tests::Row(3 * encoder.hidden_size));
      for (tests::Row& row : text) {
        for (float& x : row) x = value(random);
      }
    }
    if (c.has_bias) bias_.resize(c.heads * (2 * longest() + 1));
    for (float& x : bias_) x = value(random);
  }

  // The definition's [tokens][h], empty for tokens that are not looked at.
  Rows expected() const {
    Rows all;
    for (const Rows& text : texts_) {
      const tests::AttentionDefinition definition{text, case_.heads, kernels::kScalarFma, bias_};
      const bool in_bytes = case_.precision == Precision::kInt8 && text.size() >= kShortestInt8Attention;
      for (size_t i = 0; i < text.size(); ++i) {
        const bool looked_at = text.size() < 70 || i % kEveryToken == 0 || i + 1 == text.size();
        all.push_back(!looked_at ? tests::Row() : in_bytes ? definition.attend_int8(i) : definition.attend(i));
      }
    }
    return all;
  }

  // `block`: rows that are split at a time.
  void check(const kernels::Kernels& kernels, const Rows& expected, size_t block, uint32_t workers,
             const std::string& where) const {
    const size_t h = config_.encoder.hidden_size, stride = padded_stride(3 * h);
    Workspace ws(config_, total(), case_.lengths.size(), longest(), workers);
    for (base::AlignedBuffer<float>* buffer : {&ws.q, &ws.k, &ws.v, &ws.context, &ws.scores}) {
      std::fill_n(buffer->data(), buffer->size(), std::numeric_limits<float>::quiet_NaN());
    }
    Rows rows;
    for (const Rows& text : texts_) rows.insert(rows.end(), text.begin(), text.end());
    for (size_t first = 0; first < rows.size(); first += block) {
      const size_t n = std::min(block, rows.size() - first);
      std::vector<float> qkv(n * stride);
      for (size_t i = 0; i < n; ++i) std::copy(rows[first + i].begin(), rows[first + i].end(), &qkv[i * stride]);
      split_qkv(config_.encoder, kernels, batch_, first, n, qkv.data(), qkv.data() + 2 * h, stride, ws, 0);
    }
    for (uint32_t worker = workers; worker-- > 0;) {
      attention(config_.encoder, kernels, batch_, bias_, ws, {worker, workers, nullptr}, false);
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (expected[i].empty()) continue;
      ASSERT_EQ(std::memcmp(ws.context.data() + i * ws.hidden_stride, expected[i].data(), h * sizeof(float)), 0)
          << where << ", token " << i;
    }
  }

 private:
  size_t total() const {
    size_t sum = 0;
    for (const size_t length : case_.lengths) sum += length;
    return sum;
  }
  size_t longest() const { return *std::max_element(case_.lengths.begin(), case_.lengths.end()); }

  Case case_;
  ModelConfig config_;
  PackedBatch batch_;
  std::vector<Rows> texts_;
  std::vector<float> bias_;
};

void check(const Case& c) {
  const Attention attention(c);
  const Rows expected = attention.expected();
  for (const auto& tier : tests::tiers_under_test()) {
    for (const uint32_t workers : {1u, 2u}) {
      const std::string where = tier.name + ", heads of " + std::to_string(c.d) + (c.has_bias ? ", bias" : "") +
                                (c.precision == Precision::kInt8 ? ", int8" : "");
      attention.check(*tier.kernels, expected, workers == 1 ? 60 : 7, workers, where);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Attention, HasTheBitsOfTheDefinition) {
  size_t number = 0;
  for (const uint32_t d : {1, 3, 5, 16, 17, 24, 31, 32, 33, 48, 64, 65, 96, 100, 127, 128}) {
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      const bool has_bias = number++ % 3 == 0;
      check({1 + d % 3, d, precision, has_bias, {1, 39, 2, 40 + d % 30, 15, 16, 17, 97}});
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST(Attention, OfLongTextsHasTheBitsOfTheDefinition) {
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    check({2, 32, precision, false, {511, 700, 3}});
    check({1, 64, precision, true, {513}});
    ASSERT_FALSE(HasFatalFailure());
  }
}

}  // namespace
}  // namespace linnet::engine
