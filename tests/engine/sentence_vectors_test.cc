// all-MiniLM-L6-v2 against sentence-transformers' own vectors (tests/golden/make_sentence_vectors.py).
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/engine/embed_all.h"
#include "tests/requirements.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/minilm/";
constexpr float kTolerance = 2e-6f;

std::vector<float> read_vectors(const std::string& path) {
  const std::string bytes = tests::read_file(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

void expect_close(const std::vector<float>& found, const std::vector<float>& expected,
                  const std::vector<std::string>& texts) {
  ASSERT_EQ(found.size(), expected.size());
  const size_t dimension = found.size() / texts.size();
  float worst = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const float difference = std::abs(found[i] - expected[i]);
    ASSERT_LE(difference, kTolerance) << texts[i / dimension];  // false for NaN
    worst = std::max(worst, difference);
  }
  std::ostringstream text;
  text << worst;
  testing::Test::RecordProperty("max_abs_difference", text.str());
  std::printf("max abs difference %s over %zu texts\n", text.str().c_str(), texts.size());
}

TEST(SentenceVectors, OfOurOwnTexts) {
  const auto dir = tests::model_dir();
  if (!dir) return tests::skip_or_fail("model");
  const std::vector<std::string> texts = tests::read_lines(kGolden + "own_texts.txt");
  ASSERT_EQ(texts.size(), 100u);
  expect_close(tests::embed_all(tests::open_model(*dir), texts, 512),
               read_vectors(kGolden + "own_vectors.f32"), texts);
}

// texts.tsv: file, line from 1, SHA-256 of the line. A changed text would show in the vectors.
TEST(SentenceVectors, OfAThousandSharedTexts) {
  const auto dir = tests::model_dir();
  if (!dir) return tests::skip_or_fail("model");
  const auto shared = tests::shared_dir();
  if (!shared) return tests::skip_or_fail("shared");

  std::map<std::string, std::vector<std::string>> files;
  std::vector<std::string> texts;
  for (const std::string& row : tests::read_lines(kGolden + "texts.tsv")) {
    const size_t tab = row.find('\t');
    const std::string name = row.substr(0, tab);
    size_t line = 0;
    if (std::from_chars(row.data() + tab + 1, row.data() + row.size(), line).ec != std::errc()) {
      continue;  // the header
    }
    if (!files.contains(name)) files[name] = tests::read_lines(*shared + "/data/text/" + name);
    ASSERT_LE(line, files[name].size()) << row;
    texts.push_back(files[name][line - 1]);
  }
  ASSERT_EQ(texts.size(), 1000u);
  expect_close(tests::embed_all(tests::open_model(*dir), texts, 512),
               read_vectors(kGolden + "vectors.f32"), texts);
}

}  // namespace
}  // namespace linnet
