// The model families against transformers (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/position_bias.h"
#include "engine/rotary.h"
#include "kernels/kernels.h"
#include "linnet/import.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

struct TinyFamily : testing::TestWithParam<std::string> {};

TEST_P(TinyFamily, HasTheHiddenStatesOfTheReference) {
  const Model model = tests::open_model(tests::task_folder(GetParam()));
  double worst = 0;
  for (const nlohmann::json& item : tests::task_cases(GetParam())) {
    const auto expected = item.at("mean").get<std::vector<float>>();
    const std::vector<float> found =
        tests::embed_all(model, {item.at("text").get<std::string>()}, 1);
    worst = std::max(worst, tests::relative_difference(found, expected));
    EXPECT_LE(tests::relative_difference(found, expected), 2e-6) << item.at("text");
  }
  RecordProperty("worst_relative_difference", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyFamily,
                         testing::Values("bert_relu", "bert_tanh_gelu", "distilbert", "electra",
                                         "mpnet", "nomic", "nomic_stretched", "jina", "jina_reglu", "mobilebert",
                                         "mobilebert_layer_norm", "mobilebert_inside", "mobilebert_wide", "gte",
                                         "gte_types"),
                         [](const auto& test) { return test.param; });

// int8 on every tier gives the same bits, for texts of up to 1,000 tokens, and vectors like those of fp32.
struct Int8Family : testing::TestWithParam<std::string> {};

TEST_P(Int8Family, IsTheSameOnEveryTierAndCloseToFp32) {
  const tests::TempDir dir;
  const std::string folder = tests::task_folder(GetParam()), path = dir / "int8.linnet";
  const auto report = import_model(folder, path, {.precision = Precision::kInt8});
  ASSERT_TRUE(report.ok()) << report.status().message;
  std::vector<std::string> texts;
  for (const nlohmann::json& item : tests::task_cases(GetParam())) texts.push_back(item.at("text"));
  const std::vector<float> exact = tests::embed_all(tests::open_model(folder), texts, 4);
  std::vector<float> expected;
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const auto found = tests::embed_all(tests::open_model(path, kernels::isa_name(isa)), texts, i + 1);
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected) << kernels::isa_name(isa);
  }
  EXPECT_LE(tests::relative_difference(expected, exact), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Golden, Int8Family,
                         testing::Values("distilbert", "electra", "mpnet", "nomic_stretched", "jina", "mobilebert",
                                         "mobilebert_layer_norm", "mobilebert_inside", "mobilebert_wide", "gte"),
                         [](const auto& test) { return test.param; });

// Press et al. 2022: 8 heads have the slopes 1/2 to 1/256; 12 heads those, and 2^-0.5 to 2^-3.5.
TEST(PositionBias, HasTheSlopesOfTheAlibiPaper) {
  const std::vector<float> bias = engine::spread_alibi(12, 5);
  for (size_t head = 0; head < 12; ++head) {
    const double slope = head < 8 ? std::pow(2.0, -1.0 - static_cast<double>(head))
                                  : std::pow(2.0, 7.5 - static_cast<double>(head));
    for (size_t i = 0; i < 9; ++i) {
      const double distance = std::abs(static_cast<double>(i) - 4.0);
      EXPECT_FLOAT_EQ(bias[head * 9 + i], static_cast<float>(-slope * distance)) << head << ' ' << i;
    }
  }
}

// Against pow in double, with and without a stretch.
TEST(Rotary, FrequenciesArePowersOfTheBase) {
  for (const uint32_t size : {2u, 6u, 64u, 128u}) {
    const engine::RotaryConfig config = {.base = 1000, .size = size, .stretch = 2, .unstretched = 2048};
    for (const size_t length : {1u, 2048u, 2049u, 8192u}) {
      std::vector<float> found(size / 2);
      engine::rotary_frequencies(config, length, found.data());
      double base = 1000;
      if (length > 2048 && size > 2) {
        base *= std::pow(2.0 * static_cast<double>(length) / 2048 - 1, size / (size - 2.0));
      }
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_FLOAT_EQ(found[i], static_cast<float>(std::pow(base, -2.0 * static_cast<double>(i) / size)));
      }
    }
  }
}

// The same for the factor of the texts of any length.
TEST(Rotary, AnNtkFactorMakesEveryWavelengthLonger) {
  for (const uint32_t size : {2u, 6u, 64u}) {
    const engine::RotaryConfig config = {.base = 500000, .size = size, .ntk_factor = 2, .unstretched = 8192};
    std::vector<float> found(size / 2);
    engine::rotary_frequencies(config, 8192, found.data());
    for (size_t i = 0; i < found.size(); ++i) {
      const double exponent = 2.0 * static_cast<double>(i) / size;
      EXPECT_FLOAT_EQ(found[i], static_cast<float>(std::pow(1e6, -exponent) * std::pow(2.0, -2.0 / size)));
    }
  }
}

// MPNetEncoder.relative_position_bucket: where each bucket starts.
TEST(PositionBias, HasTheBucketsOfTheReference) {
  const uint32_t starts[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91};
  for (uint32_t b = 0; b < 16; ++b) {
    EXPECT_EQ(engine::relative_bucket(-static_cast<int64_t>(starts[b])), b);
    if (b > 0) {
      EXPECT_EQ(engine::relative_bucket(starts[b]), 16 + b);
      EXPECT_EQ(engine::relative_bucket(1 - static_cast<int64_t>(starts[b])), b - 1);
    }
  }
  EXPECT_EQ(engine::relative_bucket(1 << 24), 31u);
}

}  // namespace
}  // namespace linnet
