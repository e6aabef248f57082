// Attention between words, and the picture of it.
#include "tools/word_attention.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

#include "tests/requirements.h"
#include "tools/attention_picture.h"

namespace linnet::tools {
namespace {

Model open(const std::string& path) {
  auto model = Model::open(path);
  if (!model.ok()) throw std::runtime_error(model.status().message);
  return std::move(model.value());
}

// The attention of one head to one text, between words.
WordAttention attend(const Model& model, const std::string& text, uint32_t layer, uint32_t head) {
  Result<Attender> attender = Attender::create(model, {.layers = {layer}, .heads = {head}});
  const std::string_view texts[] = {text};
  std::vector<Attention> found;
  const Status status = attender.value().attend(texts, found);
  if (!status.ok()) throw std::runtime_error(status.message);
  return merge_words(model.tokenizer(), text, found[0].tokens, found[0].of(0, 0));
}

std::vector<std::string> texts_of(const WordAttention& attention) {
  std::vector<std::string> texts;
  for (const auto& word : attention.words) texts.push_back(word.text);
  return texts;
}

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

TEST(WordAttention, MergesPiecesAndApostrophes) {
  const Model model = open(kTiny);
  const std::string text = "I couldn't say 'no', rock'n'roll";
  const WordAttention words = attend(model, text, 1, 2);
  EXPECT_EQ(texts_of(words), (std::vector<std::string>{"[CLS]", "I", "couldn't", "say", "'", "no", "'", ",",
                                                       "rock'n'roll", "[SEP]"}));
  EXPECT_TRUE(words.words.front().special && words.words.back().special && !words.words[1].special);
  EXPECT_EQ(find_words(words, "COULDN'T"), std::vector<size_t>{2});
  EXPECT_EQ(find_words(words, "'"), (std::vector<size_t>{4, 6}));
  EXPECT_TRUE(find_words(words, "could").empty());
}

// By hand: five tokens, of which 1 and 2 are one word.
TEST(WordAttention, MeansRowsAndSumsColumns) {
  Encoding tokens;
  tokens.ids = {0, 0, 0, 0, 0};
  tokens.word_ids = {-1, 0, 0, 1, -1};
  tokens.offsets = {{0, 0}, {0, 1}, {1, 2}, {3, 4}, {0, 0}};
  std::vector<float> weights(25);
  std::iota(weights.begin(), weights.end(), 0.0f);
  const WordAttention words = merge_words(open(kTiny).tokenizer(), "ab c", tokens, weights);
  ASSERT_EQ(words.words.size(), 4u);
  EXPECT_EQ(words.words[1].text, "ab");
  EXPECT_EQ(words.at(0, 1), 1 + 2);
  EXPECT_EQ(words.at(1, 1), (6 + 7 + 11 + 12) / 2.0f);
  EXPECT_EQ(words.at(1, 2), (8 + 13) / 2.0f);
  EXPECT_EQ(words.at(2, 3), 19);
}

TEST(WordAttention, LooksFarAtWordsOnly) {
  WordAttention words;
  words.words = {{"[CLS]", true}, {"a", false}, {"b", false}, {"c", false}, {".", false}, {"[SEP]", true}};
  words.weights.assign(36, 0.0f);
  const auto set = [&](size_t from, size_t to, float weight) { words.weights[from * 6 + to] = weight; };
  set(1, 0, 0.5f);   // special
  set(1, 2, 0.4f);   // its neighbour
  set(1, 4, 0.3f);   // punctuation
  set(1, 3, 0.25f);  // far
  EXPECT_EQ(far_look(words, std::vector<size_t>{1}), 0.25f);
  EXPECT_EQ(far_look(words, {}), 0.25f / 4);
}

TEST(AttentionPicture, ShowsWordsAndArcsAndNoMarkup) {
  const Model model = open(kTiny);
  const WordAttention words = attend(model, "one <script>alert(1)</script> & \"two\"", 0, 0);
  std::string page;
  append_picture(words, find_words(words, "two"), "<b>", page);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find(">script</text>"), std::string::npos);
  EXPECT_NE(page.find("&amp;"), std::string::npos);
  EXPECT_NE(page.find("&quot;"), std::string::npos);
  EXPECT_NE(page.find("two \u2192 "), std::string::npos);
  // Only the chosen word's arcs are seen without a mouse.
  size_t shown = 0;
  for (size_t at = 0; (at = page.find("<path class=\"back\" data-from=\"", at)) != std::string::npos; ++at) ++shown;
  EXPECT_GT(shown, 0u);
  std::string empty;
  append_picture(attend(model, "", 0, 0), {}, "nothing", empty);
  EXPECT_NE(empty.find("[SEP]"), std::string::npos);
}

// The real model has a head by which "it" finds the package: transformers gives 0.457 (eager attention).
TEST(AttentionPicture, FindsThePackage) {
  const auto folder = tests::model_dir();
  if (!folder) return tests::skip_or_fail("model");
  const WordAttention words = attend(
      open(*folder), "I couldn't put the package in the car because it was too big", 1, 3);
  const size_t it = find_words(words, "it").at(0), package = find_words(words, "package").at(0);
  EXPECT_NEAR(words.at(it, package), 0.457, 0.001);
  for (size_t i = 0; i < words.words.size(); ++i) EXPECT_LE(words.at(it, i), words.at(it, package));
}

}  // namespace
}  // namespace linnet::tools
