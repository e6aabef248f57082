// The model families against transformers (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/position_bias.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"

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
                                         "mpnet"),
                         [](const auto& test) { return test.param; });

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
