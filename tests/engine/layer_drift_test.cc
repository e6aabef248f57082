// The hidden states of two models compared: none between equals, some and not much between precisions.
#include "linnet/layer_drift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/token_embedder.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"

namespace linnet {
namespace {

using nlohmann::json;

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

std::vector<LayerDrift> compare(const Model& model, const Model& reference) {
  auto comparison = LayerComparison::create(model, reference);
  EXPECT_TRUE(comparison.ok()) << comparison.status().message;
  const std::vector<std::string> texts = tests::various_texts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  EXPECT_TRUE(comparison.value().add(std::span(views).first(20)).ok());
  EXPECT_TRUE(comparison.value().add(std::span(views).subspan(20)).ok());
  return comparison.value().layers();
}

Model open(Precision precision) {
  auto model = Model::open(kTiny, {.isa = "", .precision = precision});
  EXPECT_TRUE(model.ok()) << model.status().message;
  return model.value();
}

TEST(LayerDrift, IsNoneBetweenEqualModels) {
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    const auto layers = compare(open(precision), open(precision));
    ASSERT_EQ(layers.size(), open(precision).info().num_layers + 1);
    for (const LayerDrift& layer : layers) {
      EXPECT_EQ(layer.relative_error, 0);
      EXPECT_NEAR(layer.mean_cosine, 1, 1e-12);
      EXPECT_NEAR(layer.min_cosine, 1, 1e-12);
    }
  }
}

TEST(LayerDrift, IsSmallBetweenPrecisions) {
  const auto layers = compare(open(Precision::kInt8), open(Precision::kFp32));
  for (const LayerDrift& layer : layers) {
    EXPECT_GT(layer.relative_error, 1e-4);
    EXPECT_LT(layer.relative_error, 0.1);
    EXPECT_LT(layer.min_cosine, layer.mean_cosine);
    EXPECT_GT(layer.mean_cosine, 0.995);
    // A relative error e of vectors of about one length is an angle of about e.
    EXPECT_NEAR(1 - layer.mean_cosine, layer.relative_error * layer.relative_error / 2,
                layer.relative_error * layer.relative_error / 2);
  }
}

// Each model computes as it does alone, also where only one of them has attention in int8.
TEST(LayerDrift, IsThatOfTheModelsAlone) {
  std::string longer;
  for (int i = 0; i < 50; ++i) longer += "a b ";
  const std::string_view texts[] = {"a short text", longer};
  const auto hidden = [&](const Model& model) {
    auto embedder = TokenEmbedder::create(model);
    std::vector<TokenVectors> found;
    EXPECT_TRUE(embedder.value().embed(texts, found).ok());
    EXPECT_GT(found[1].tokens.ids.size(), 40u);  // attention in int8 begins there
    found[0].vectors.insert(found[0].vectors.end(), found[1].vectors.begin(), found[1].vectors.end());
    return found[0].vectors;
  };
  const Model int8 = open(Precision::kInt8), fp32 = open(Precision::kFp32);
  const std::vector<float> a = hidden(int8), b = hidden(fp32);
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(double{a[i]} - double{b[i]}, 2);
    size += std::pow(double{b[i]}, 2);
  }
  auto comparison = LayerComparison::create(int8, fp32);
  ASSERT_TRUE(comparison.value().add(texts).ok());
  const double expected = std::sqrt(difference / size);
  EXPECT_NEAR(comparison.value().layers().back().relative_error, expected, 1e-9 * expected);
}

TEST(LayerDrift, NeedsTheSameModel) {
  const Model other = tests::open_model(LINNET_SOURCE_DIR "/tests/golden/tiny_bert_odd");
  const auto comparison = LayerComparison::create(open(Precision::kInt8), other);
  ASSERT_FALSE(comparison.ok());
  EXPECT_EQ(comparison.status().code, Code::kInvalidArgument);
  EXPECT_NE(comparison.status().message.find("tiny_bert_odd: has other layers"), std::string::npos);
  const tests::HfFolder wide;
  wide.edit("config.json", [](json& config) {
    config["intermediate_size"] = 2 * config["intermediate_size"].get<int>();
  });
  wide.edit_tensors([](tests::Safetensors& tensors) {
    for (auto& [name, tensor] : tensors) {
      const bool up = name.find(".intermediate.dense.") != std::string::npos;
      if (!up && !(name.ends_with(".output.dense.weight") && name.find("attention") == std::string::npos)) continue;
      tensor.bytes += tensor.bytes;
      tensor.shape[up ? 0 : 1] *= 2;
    }
  });
  EXPECT_FALSE(LayerComparison::create(open(Precision::kFp32), tests::open_model(wide.path())).ok());
  const auto longer = LayerComparison::create(open(Precision::kInt8), open(Precision::kFp32), 65);
  ASSERT_FALSE(longer.ok());
  EXPECT_NE(longer.status().message.find("max_length 65, expected 2 to 64"), std::string::npos);
}

}  // namespace
}  // namespace linnet
