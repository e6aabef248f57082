// int8 models of the tiny checkpoints, bit by bit: the weights that the importer makes, and the vectors of
// the golden texts on every tier. tests/golden/make_int8_vectors.sh made the files; what the numbers ought
// to be is held by the tests of the quantizer and the kernels, that they never change is held here.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/model_impl.h"
#include "linnet/import.h"
#include "tests/engine/embed_all.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

struct Int8Golden : testing::TestWithParam<std::string> {
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + GetParam();
  const tests::TempDir dir;
  const std::string path = dir / "int8.linnet";

  void SetUp() override {
    const auto report = import_model(folder, path, {.precision = Precision::kInt8});
    ASSERT_TRUE(report.ok()) << report.status().message;
  }
};

TEST_P(Int8Golden, Weights) {
  const Model model = tests::open_model(path);
  std::string expected = tests::read_file(folder + "/int8_weights.xxh3");
  expected.resize(16);
  char found[17];
  std::snprintf(found, sizeof found, "%016llx",
                static_cast<unsigned long long>(model.info().sections.back().checksum));
  EXPECT_EQ(found, expected);
}

TEST_P(Int8Golden, VectorsOnEveryTier) {
  std::vector<std::string> texts;
  for (const std::string& line : tests::read_lines(folder + "/texts.jsonl")) {
    texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
  }
  const std::string bytes = tests::read_file(folder + "/int8_vectors.f32");
  std::vector<float> expected(bytes.size() / sizeof(float));
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  for (const TierInfo& tier : cpu_tiers()) {
    if (!tier.supported) continue;
    const auto found = tests::embed_all(tests::open_model(path, tier.name), texts, 512);
    EXPECT_TRUE(tests::same_bits(found, expected)) << tier.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, Int8Golden, testing::Values("tiny_bert", "tiny_bert_odd"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace linnet
