// Every layer of the tiny models against torch (tests/golden/make_tiny_models.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/encoder.h"
#include "engine/encoder_weights.h"
#include "engine/model_impl.h"
#include "engine/open_image.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"
#include "tests/engine/reference_tensors.h"

namespace linnet::engine {
namespace {

constexpr double kTolerance = 2e-6;  // of the largest value of the tensor

double largest(const std::vector<float>& x) {
  double most = 0;
  for (const float v : x) most = std::max(most, std::abs(static_cast<double>(v)));
  return most;
}

// max |a - b|, as a share of the largest expected value. NaN counts as infinitely wrong.
double relative_difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double most = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - expected[i]);
    most = std::isnan(difference) ? INFINITY : std::max(most, difference);
  }
  return most / largest(expected);
}

struct TinyModel : testing::TestWithParam<std::string> {
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + GetParam();
  const tests::ReferenceTensors reference{folder + "/reference.safetensors"};
  const std::vector<std::string> lines = tests::read_lines(folder + "/texts.jsonl");

  static std::string key(size_t text, const std::string& what) {
    return "text" + std::to_string(text) + "." + what;
  }
};

// Copies of each layer's rows, without the stride.
struct Recorder {
  size_t rows, hidden_size;
  std::vector<std::vector<float>> layers;

  static void record(void* context, size_t layer, const float* hidden, size_t stride) {
    auto& self = *static_cast<Recorder*>(context);
    EXPECT_EQ(layer, self.layers.size());
    auto& values = self.layers.emplace_back();
    for (size_t row = 0; row < self.rows; ++row) {
      values.insert(values.end(), hidden + row * stride, hidden + row * stride + self.hidden_size);
    }
  }
};

TEST_P(TinyModel, HasTheHiddenStatesOfTheReference) {
  auto image = open_image(folder);
  ASSERT_TRUE(image.ok()) << image.status().message;
  auto weights = bind_weights(image.value());
  ASSERT_TRUE(weights.ok()) << weights.status().message;
  const ModelConfig& config = image.value().config();
  const EncoderConfig& encoder = config.encoder;
  double worst = 0;
  ASSERT_FALSE(lines.empty());
  for (size_t text = 0; text < lines.size(); ++text) {
    const std::vector<int64_t> ids = reference.values<int64_t>(key(text, "ids"));
    PackedBatch batch(ids.size(), ids.size());
    std::copy(ids.begin(), ids.end(), batch.ids.begin());
    batch.add_text(ids.size());
    Workspace ws(config, ids.size(), 1, ids.size());

    for (size_t i = 0; i < kernels::kNumIsas; ++i) {
      const auto isa = static_cast<kernels::Isa>(i);
      if (!kernels::isa_supported(isa)) continue;
      Recorder recorder{ids.size(), encoder.hidden_size, {}};
      const EncoderObserver observer{.context = &recorder, .hidden = Recorder::record};
      encoder_forward(encoder, weights.value(), kernels::kernels_for(isa), batch, ws,
                      {.observer = &observer});
      ASSERT_EQ(recorder.layers.size(), encoder.num_layers + 1);
      for (size_t l = 0; l < recorder.layers.size(); ++l) {
        const auto expected = reference.values<float>(key(text, "hidden" + std::to_string(l)));
        const double difference = relative_difference(recorder.layers[l], expected);
        EXPECT_LE(difference, kTolerance) << "text " << text << " layer " << l;
        worst = std::max(worst, difference);
      }
    }
  }
  RecordProperty("worst_relative_difference", std::to_string(worst));
}

TEST_P(TinyModel, HasTheIdsAndVectorsOfTheReference) {
  const Model model = tests::open_model(folder);
  std::vector<std::string> texts;
  for (const std::string& line : lines) {
    texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    Encoding encoding;
    ASSERT_TRUE(
        model.tokenizer().encode(texts[i], {.max_length = model.info().max_length}, encoding).ok());
    const auto ids = reference.values<int64_t>(key(i, "ids"));
    EXPECT_EQ(std::vector<int64_t>(encoding.ids.begin(), encoding.ids.end()), ids) << texts[i];

    const std::vector<float> vector = tests::embed_all(model, {texts[i]}, 1);
    const double difference =
        relative_difference(vector, reference.values<float>(key(i, "embedding")));
    EXPECT_LE(difference, kTolerance) << texts[i];
  }
}

// tests/golden/make_poolings.py. The texts go in one call: none may read its neighbour's rows.
TEST(TinyPoolings, AreThoseOfSentenceTransformers) {
  const std::string golden = LINNET_SOURCE_DIR "/tests/golden/";
  const tests::ReferenceTensors reference(golden + "poolings.safetensors");
  std::vector<std::string> texts;
  for (const std::string& line : tests::read_lines(golden + "tiny_bert/texts.jsonl")) {
    texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
  }
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const Model model = tests::open_model(golden + "tiny_bert", kernels::isa_name(isa));
    for (const Pooling pooling : kPoolings) {
      const EmbedOptions options{.pooling = pooling, .normalize = false};
      const std::vector<float> vectors = tests::embed_all(model, texts, texts.size(), options);
      const auto expected = reference.values<float>(pooling_name(pooling));
      EXPECT_LE(relative_difference(vectors, expected), kTolerance) << pooling_name(pooling);
    }
  }
}

// tests/golden/make_prompts.py: what pooling reads of a text behind a prompt.
TEST(TinyPrompts, AreThoseOfSentenceTransformers) {
  const std::string golden = LINNET_SOURCE_DIR "/tests/golden/";
  const tests::ReferenceTensors reference(golden + "prompts.safetensors");
  std::vector<std::string> texts;
  for (const std::string& line : tests::read_lines(golden + "tiny_bert/texts.jsonl")) {
    texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
  }
  const tests::HfFolder folder;
  for (const bool include : {true, false}) {
    folder.edit("1_Pooling/config.json", [&](nlohmann::json& p) { p["include_prompt"] = include; });
    const Model model = tests::open_model(folder.path());
    for (const Pooling pooling : kPoolings) {
      const EmbedOptions options{.pooling = pooling, .normalize = false, .prompt = "search query: "};
      const std::vector<float> vectors = tests::embed_all(model, texts, texts.size(), options);
      const std::string key = std::string(pooling_name(pooling)) + (include ? " true" : " false");
      EXPECT_LE(relative_difference(vectors, reference.values<float>(key)), kTolerance) << key;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyModel,
                         testing::Values("tiny_bert", "tiny_bert_odd", "tiny_bert_plain"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace linnet::engine
