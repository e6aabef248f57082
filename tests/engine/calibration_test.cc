// What the matrices are seen to read: all of it, once, whatever is read together; and of too much text a part from
// everywhere.
#include "engine/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/importer.h"
#include "kernels/float_env.h"
#include "tests/engine/embed_all.h"

namespace linnet::engine {
namespace {

using Inputs = std::map<std::string, std::vector<float>, std::less<>>;

struct CalibrationTest : testing::Test {
  const kernels::FloatEnv float_env;

  static ModelImage image() {
    auto imported = import_folder(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
    return std::move(ModelImage::adopt(std::move(imported.value().image), "tiny_bert").value());
  }
  static Inputs inputs(const ModelImage& image, const std::vector<std::string>& texts) {
    Inputs found;
    const auto& kernels = kernels::kernels_for(kernels::Isa::kScalar);
    const auto see = [&](std::string_view matrix, std::span<const float> x) {
      EXPECT_TRUE(found.emplace(matrix, std::vector<float>(x.begin(), x.end())).second) << matrix << ": twice";
    };
    const Status status = see_inputs(image, {texts, "test"}, kernels, see);
    EXPECT_TRUE(status.ok()) << status.message;
    return found;
  }
};

TEST_F(CalibrationTest, SeesWhatEachTextGivesByItself) {
  const ModelImage model = image();
  std::vector<std::string> texts = tests::read_lines(LINNET_SOURCE_DIR "/tests/golden/minilm/own_texts.txt");
  texts.resize(20);
  const Inputs all = inputs(model, texts);
  EXPECT_EQ(all.size(), 4 * model.config().encoder.num_layers);
  Inputs rows_of_all;
  for (const std::string& text : texts) {
    for (const auto& [matrix, x] : inputs(model, {text})) {
      const std::vector<float>& whole = all.at(matrix);
      EXPECT_NE(std::search(whole.begin(), whole.end(), x.begin(), x.end()), whole.end()) << matrix << ": " << text;
      rows_of_all[matrix].insert(rows_of_all[matrix].end(), x.begin(), x.end());
    }
  }
  for (const auto& [matrix, x] : all) EXPECT_EQ(x.size(), rows_of_all[matrix].size()) << matrix;
}

TEST_F(CalibrationTest, TakesAPartOfALongTextFromEverywhere) {
  const ModelImage model = image();
  const size_t hidden = model.config().encoder.hidden_size, n = 40'000;
  std::vector<std::string> texts(n, "a");
  for (size_t i = n / 2; i < n; ++i) texts[i] = "b";
  const std::vector<float> seen = inputs(model, texts)["layers.0.qkv"];
  const std::vector<float> a = inputs(model, {"a"})["layers.0.qkv"], b = inputs(model, {"b"})["layers.0.qkv"];
  ASSERT_EQ(a.size(), b.size());
  const size_t rows = seen.size() / hidden;
  EXPECT_GE(rows, 8192u);
  EXPECT_LT(rows, 8192 + model.config().max_length);
  size_t of_a = 0, of_b = 0;
  for (size_t i = 0; i < seen.size(); i += a.size()) {
    if (std::equal(a.begin(), a.end(), seen.begin() + static_cast<std::ptrdiff_t>(i))) ++of_a;
    if (std::equal(b.begin(), b.end(), seen.begin() + static_cast<std::ptrdiff_t>(i))) ++of_b;
  }
  EXPECT_EQ((of_a + of_b) * a.size(), seen.size());
  EXPECT_NEAR(static_cast<double>(of_a), static_cast<double>(of_b), 30);
}

}  // namespace
}  // namespace linnet::engine
