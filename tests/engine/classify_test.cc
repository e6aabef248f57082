// Classifier, Reranker and ZeroShot against transformers (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include "linnet/classifier.h"
#include "linnet/reranker.h"
#include "linnet/zero_shot.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

using nlohmann::json;

// An input of the cases; the texts live in `item`.
TextPair input_of(const json& item) {
  const auto& text = item.at("text").get_ref<const std::string&>();
  if (!item.contains("pair")) return {text};
  return {text, item.at("pair").get_ref<const std::string&>(), true};
}

Classifier classifier(const Model& model, const ClassifyOptions& options = {}) {
  auto made = Classifier::create(model, options);
  if (!made.ok()) throw std::runtime_error(made.status().message);
  return std::move(made.value());
}

struct TinyClassifier : testing::TestWithParam<std::string> {};

TEST_P(TinyClassifier, HasTheLogitsAndScoresOfTheReference) {
  const Model model = tests::open_model(tests::task_folder(GetParam()));
  Classifier classify = classifier(model);
  double worst = 0;
  for (const json& item : tests::task_cases(GetParam())) {
    const TextPair input = input_of(item);
    std::vector<float> scores(classify.num_labels());
    const Status status = classify.logits({&input, 1}, scores);
    ASSERT_TRUE(status.ok()) << status.message;
    const auto expected = item.at("logits").get<std::vector<float>>();
    worst = std::max(worst, tests::relative_difference(scores, expected));
    EXPECT_LE(tests::relative_difference(scores, expected), 2e-5) << item;

    if (!item.contains("scores")) continue;
    ASSERT_TRUE(classify.to_scores(scores).ok());
    for (const json& given : item.at("scores")) {  // in the reference's order: by score
      const auto& labels = classify.labels();
      const auto at = std::find(labels.begin(), labels.end(), given.at("label").get<std::string>());
      ASSERT_NE(at, labels.end()) << given;
      const float score = scores[static_cast<size_t>(at - labels.begin())];
      EXPECT_NEAR(score, given.at("score").get<double>(), 2e-6) << item;
    }
  }
  RecordProperty("worst_relative_difference", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyClassifier,
                         testing::Values("bert_classify", "bert_rerank", "bert_regression",
                                         "electra_multi_label", "distilbert_classify",
                                         "mpnet_classify", "nomic_classify", "jina_classify", "gte_classify",
                                         "mobilebert_classify", "mobilebert_classify_plain"),
                         [](const auto& test) { return test.param; });

TEST(Classifier, GivesLabelsOfEqualLogitsTheSameScore) {
  const Model model = tests::open_model(tests::task_folder("bert_classify"));
  Classifier classify = classifier(model);
  const TextPair input{"people call the water day"};
  std::vector<float> scores(5);
  ASSERT_TRUE(classify.logits({&input, 1}, scores).ok());
  ASSERT_TRUE(classify.to_scores(scores).ok());
  EXPECT_EQ(scores[1], scores[3]);  // labels 1 and 3 have one row of weights
}

TEST(Classifier, SplitsLongTextsIntoWindows) {
  const Model model = tests::open_model(tests::task_folder("bert_classify"));
  Classifier whole = classifier(model);
  Classifier split = classifier(model, {.long_texts = LongText::kSplit, .stride = 6});
  Classifier strict = classifier(model, {.long_texts = LongText::kError});
  // 60 tokens: windows of 38 tokens, the second from token 32 on.
  std::string text, windows[2];
  for (int i = 0; i < 60; ++i) {
    const std::string word = i % 3 == 0 ? "water " : i % 3 == 1 ? "people " : "day ";
    text += word;
    if (i < 38) windows[0] += word;
    if (i >= 32) windows[1] += word;
  }
  std::vector<float> found(5), parts[2] = {std::vector<float>(5), std::vector<float>(5)};
  const TextPair input{text};
  EmbedStats stats;
  ASSERT_TRUE(split.logits({&input, 1}, found, &stats).ok());
  EXPECT_EQ(stats.truncated, 0u);
  EXPECT_EQ(stats.tokens, 38u + 2 + 28 + 2);
  for (int w = 0; w < 2; ++w) {
    const TextPair window{windows[w]};
    ASSERT_TRUE(whole.logits({&window, 1}, parts[w]).ok());
  }
  for (size_t l = 0; l < 5; ++l) EXPECT_EQ(found[l], (parts[0][l] + parts[1][l]) / 2);

  // A text that is too long is an error by itself, or of the call.
  const TextPair inputs[] = {{"day"}, input, {"water"}};
  std::vector<float> all(15);
  const Status status = strict.logits(inputs, all);
  EXPECT_EQ(status.code, Code::kInvalidArgument);
  EXPECT_NE(status.message.find("text 1: the text has more than 40 tokens"), std::string::npos)
      << status.message;
  std::vector<Status> problems(3);
  ASSERT_TRUE(strict.logits(inputs, all, nullptr, problems).ok());
  EXPECT_TRUE(problems[0].ok());
  EXPECT_FALSE(problems[1].ok());
  const Status few = strict.logits(inputs, all, nullptr, std::span(problems).first(2));
  EXPECT_EQ(few.message, "problems has 2 places, expected 3, one for each text");
  std::vector<float> alone(5);
  ASSERT_TRUE(whole.logits({&inputs[2], 1}, alone).ok());
  EXPECT_TRUE(tests::same_bits({all.begin() + 10, all.end()}, alone));
}

TEST(Classifier, RefusesWhatItCannotDo) {
  const Model tagger = tests::open_model(tests::task_folder("bert_tag"));
  const Status wrong = Classifier::create(tagger).status();
  EXPECT_EQ(wrong.code, Code::kInvalidArgument);
  EXPECT_NE(wrong.message.find("this model has no sequence-classification head; it has a "
                               "token-classification head (BertForTokenClassification)"),
            std::string::npos)
      << wrong.message;
  const Model plain = tests::open_model(tests::task_folder("distilbert"));
  EXPECT_NE(Classifier::create(plain).status().message.find("it has no head, and can embed"),
            std::string::npos);
  const Model model = tests::open_model(tests::task_folder("bert_classify"));
  EXPECT_FALSE(Classifier::create(model, {.task = {.max_length = 41}}).ok());
  EXPECT_FALSE(Classifier::create(model, {.task = {.max_length = 3}}).ok());
  EXPECT_FALSE(Classifier::create(model, {.task = {.num_threads = 0}}).ok());
  EXPECT_FALSE(
      Classifier::create(model, {.long_texts = LongText::kSplit, .stride = 38}).ok());
  Classifier classify = classifier(model);
  const TextPair input{"a"};
  std::vector<float> few(4);
  EXPECT_EQ(classify.logits({&input, 1}, few).code, Code::kInvalidArgument);
  EXPECT_NE(Reranker::create(model).status().message.find("has 5 labels; a reranker has one output"),
            std::string::npos);
}

TEST(Reranker, ScoresDocumentsAsPairs) {
  const Model model = tests::open_model(tests::task_folder("bert_rerank"));
  auto sigmoids = Reranker::create(model);
  auto logits = Reranker::create(model, {.task = {.num_threads = 2}, .raw = true});
  ASSERT_TRUE(sigmoids.ok() && logits.ok());
  for (const json& item : tests::task_cases("bert_rerank")) {
    const TextPair input = input_of(item);
    if (!input.has_pair || !item.contains("scores")) continue;
    const std::string_view documents[] = {"another document", input.pair};
    float scores[2], raw[2];
    ASSERT_TRUE(sigmoids.value().score(input.text, documents, scores).ok());
    ASSERT_TRUE(logits.value().score(input.text, documents, raw).ok());
    EXPECT_NEAR(scores[1], item.at("scores").at(0).at("score").get<double>(), 2e-6) << item;
    EXPECT_LE(tests::relative_difference({raw[1]}, item.at("logits").get<std::vector<float>>()), 2e-5);
  }
}

TEST(ZeroShot, HasTheScoresOfTheReference) {
  const Model model = tests::open_model(tests::task_folder("bert_nli"));
  for (const json& item : tests::task_cases("bert_nli")) {
    const auto labels = item.at("labels").get<std::vector<std::string>>();
    auto made = ZeroShot::create(model, {.task = {},
                                         .labels = labels,
                                         .hypothesis = item.at("template").get<std::string>(),
                                         .multi_label = item.at("multi").get<bool>()});
    ASSERT_TRUE(made.ok()) << made.status().message;
    const std::string_view text = item.at("text").get_ref<const std::string&>();
    std::vector<float> scores(labels.size());
    ASSERT_TRUE(made.value().score({&text, 1}, scores).ok());
    for (size_t i = 0; i < labels.size(); ++i) {
      const auto label = item.at("result").at(0).at(i).get<std::string>();
      const auto at = std::find(labels.begin(), labels.end(), label) - labels.begin();
      EXPECT_NEAR(scores[static_cast<size_t>(at)], item.at("result").at(1).at(i).get<double>(), 2e-6)
          << item;
    }
  }
}

TEST(ZeroShot, RefusesWhatItCannotDo) {
  const Model model = tests::open_model(tests::task_folder("bert_nli"));
  EXPECT_NE(ZeroShot::create(model, {}).status().message.find("no labels"), std::string::npos);
  EXPECT_NE(ZeroShot::create(model, {.labels = {"a"}, .hypothesis = "about it"})
                .status()
                .message.find("has no {}"),
            std::string::npos);
  std::string label;
  for (int i = 0; i < 40; ++i) label += "water ";
  EXPECT_NE(ZeroShot::create(model, {.labels = {label}}).status().message.find("leaves no room"),
            std::string::npos);
  const Model topics = tests::open_model(tests::task_folder("bert_classify"));
  EXPECT_NE(ZeroShot::create(topics, {.labels = {"a"}})
                .status()
                .message.find("no label of this model starts with \"entail\"; it has: sport, politics"),
            std::string::npos);
}

}  // namespace
}  // namespace linnet
