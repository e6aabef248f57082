// Tagger against transformers (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include "engine/entities.h"
#include "linnet/tagger.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

using nlohmann::json;

size_t codepoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// `expected` is a list of the reference; `text` what its offsets count code points of.
void expect_entities(const std::vector<Entity>& found, const json& expected, const std::string& text,
                     bool tokens, const std::string& where) {
  ASSERT_EQ(found.size(), expected.size()) << where << " " << expected;
  for (size_t i = 0; i < found.size(); ++i) {
    const json& want = expected[i];
    EXPECT_EQ(found[i].label, want.at(tokens ? "entity" : "entity_group").get<std::string>()) << where;
    EXPECT_NEAR(found[i].score, want.at("score").get<double>(), 2e-6) << where;
    EXPECT_EQ(found[i].word, want.at("word").get<std::string>()) << where;
    EXPECT_EQ(codepoints(std::string_view(text).substr(0, found[i].begin)), want.at("start")) << where;
    EXPECT_EQ(codepoints(std::string_view(text).substr(0, found[i].end)), want.at("end")) << where;
    if (tokens) { EXPECT_EQ(found[i].index, want.at("index").get<uint32_t>()) << where; }
  }
}

constexpr struct {
  const char* name;
  Aggregation aggregation;
} kStrategies[] = {{"none", Aggregation::kNone},
                   {"simple", Aggregation::kSimple},
                   {"first", Aggregation::kFirst},
                   {"average", Aggregation::kAverage},
                   {"max", Aggregation::kMax}};

struct TinyTagger : testing::TestWithParam<std::string> {
  const Model model = tests::open_model(tests::task_folder(GetParam()));

  Tagger tagger(const TagOptions& options) const {
    auto made = Tagger::create(model, options);
    if (!made.ok()) throw std::runtime_error(made.status().message);
    return std::move(made.value());
  }
};

TEST_P(TinyTagger, HasTheLogitsOfTheReference) {
  Tagger tag = tagger({});
  for (const json& item : tests::task_cases(GetParam())) {
    if (!item.contains("logits")) continue;
    std::vector<float> expected, found;
    for (const json& row : item.at("logits")) {
      for (const json& value : row) expected.push_back(value.get<float>());
    }
    Encoding tokens;
    ASSERT_TRUE(tag.logits(item.at("text").get<std::string>(), tokens, found).ok());
    EXPECT_EQ(tokens.ids.size() * tag.labels().size(), found.size());
    Encoding alone;
    ASSERT_TRUE(model.tokenizer().encode(item.at("text").get<std::string>(), {.max_length = model.info().max_length},
                                         alone).ok());
    EXPECT_EQ(tokens.ids, alone.ids);
    EXPECT_EQ(tokens.word_ids, alone.word_ids);
    EXPECT_EQ(tokens.type_ids, alone.type_ids);
    EXPECT_EQ(tokens.sequence_ids, alone.sequence_ids);
    EXPECT_LE(tests::relative_difference(found, expected), 2e-5) << item.at("text");
  }
}

TEST_P(TinyTagger, HasTheEntitiesOfTheReference) {
  size_t entities_seen = 0;
  for (const auto& [name, aggregation] : kStrategies) {
    Tagger tag = tagger({.aggregation = aggregation, .long_texts = LongText::kTruncate});
    Tagger windows = tagger({.aggregation = aggregation, .stride = 8});
    for (const json& item : tests::task_cases(GetParam())) {
      std::vector<std::vector<Entity>> found;
      if (item.contains("words")) {
        const auto words = item.at("words").get<std::vector<std::string>>();
        std::string text;
        for (const std::string& word : words) text += (&word == words.data() ? "" : " ") + word;
        const std::vector<std::string_view> views(words.begin(), words.end());
        ASSERT_TRUE(tag.tag_words({&views, 1}, found).ok());
        expect_entities(found[0], item.at(name), text, aggregation == Aggregation::kNone,
                        std::string(name) + " words " + text);
        continue;
      }
      const auto text = item.at("text").get<std::string>();
      const std::string_view view = text;
      ASSERT_TRUE(tag.tag({&view, 1}, found).ok());
      expect_entities(found[0], item.at(name), text, aggregation == Aggregation::kNone,
                      std::string(name) + " " + text);
      entities_seen += found[0].size();
      const std::string in_windows = std::string("windows_") + name;
      if (!item.contains(in_windows)) continue;
      ASSERT_TRUE(windows.tag({&view, 1}, found).ok());
      expect_entities(found[0], item.at(in_windows), text, false, in_windows + " " + text);
    }
  }
  EXPECT_GT(entities_seen, 100u);  // the models are random, but not silent
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyTagger,
                         testing::Values("bert_tag", "distilbert_tag", "electra_tag", "mpnet_tag",
                                         "nomic_tag", "mobilebert_tag", "jina_tag", "gte_tag"),
                         [](const auto& test) { return test.param; });

TEST(Entities, ReadsBioesOnlyWhereItIs) {
  const std::string bioes[] = {"O", "B-X", "I-X", "E-X", "S-X"};
  const std::string bio[] = {"O", "B-X", "I-X"};
  const auto meanings = engine::label_meanings(bioes);
  EXPECT_EQ(meanings[3].kind, "X");
  EXPECT_FALSE(meanings[3].begins);
  EXPECT_TRUE(meanings[4].begins);
  EXPECT_EQ(engine::label_meanings(bio)[2].kind, "X");
  const std::string plain[] = {"noun", "B-", "I-"};
  EXPECT_EQ(engine::label_meanings(plain)[0].kind, "noun");
}

TEST(Tagger, TellsTextsThatAreTooLong) {
  const Model model = tests::open_model(tests::task_folder("bert_tag"));
  auto made = Tagger::create(model, {.long_texts = LongText::kError});
  ASSERT_TRUE(made.ok());
  std::string text;
  for (int i = 0; i < 39; ++i) text += "water ";
  const std::string_view texts[] = {"fox", text};
  std::vector<std::vector<Entity>> found;
  EXPECT_NE(made.value().tag(texts, found).message.find("text 1: the text has more than 40 tokens"),
            std::string::npos);
  std::vector<Status> problems(2);
  EXPECT_TRUE(made.value().tag(texts, found, nullptr, problems).ok());
  EXPECT_TRUE(problems[0].ok());
  EXPECT_FALSE(problems[1].ok());
  EXPECT_FALSE(Tagger::create(model, {.stride = 38}).ok());
}

}  // namespace
}  // namespace linnet
