// Answerer against the question-answering pipeline of transformers 4 (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include "linnet/answerer.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

using nlohmann::json;

size_t codepoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

struct TinyAnswerer : testing::TestWithParam<std::string> {};

TEST_P(TinyAnswerer, HasTheAnswersOfTheReference) {
  const Model model = tests::open_model(tests::task_folder(GetParam()));
  const struct {
    const char* name;
    AnswerOptions options;
  } kRuns[] = {{"best", {}},
               {"top3", {.top_k = 3}},
               {"null", {.top_k = 2, .no_answer = true}},
               {"short", {.top_k = 2, .max_answer_tokens = 3}},
               {"pieces", {.top_k = 2, .align_to_words = false}},
               {"stride", {.top_k = 2, .stride = 10}}};
  size_t compared = 0;
  for (const auto& [name, options] : kRuns) {
    auto made = Answerer::create(model, options);
    ASSERT_TRUE(made.ok()) << made.status().message;
    for (const json& item : tests::task_cases(GetParam())) {
      const auto& context = item.at("context").get_ref<const std::string&>();
      const Question question{item.at("question").get_ref<const std::string&>(), context};
      std::vector<std::vector<Answer>> answers;
      const Status status = made.value().answer({&question, 1}, answers);
      ASSERT_TRUE(status.ok()) << status.message;
      std::vector<json> expected;
      for (const json& answer : item.at(name)) {
        // Where a context has fewer spans than are asked for, the reference adds [CLS] itself, of score 0.
        if (answer.at("score").get<double>() > 0) expected.push_back(answer);
      }
      const std::string where = std::string(name) + ": " + question.question.data() + " " + context;
      ASSERT_EQ(answers[0].size(), expected.size()) << where;
      for (size_t i = 0; i < expected.size(); ++i) {
        const Answer& found = answers[0][i];
        EXPECT_EQ(found.answer, expected[i].at("answer").get<std::string>()) << where;
        // Sums of products of probabilities, which in the reference's fp32 are up to 6.4e-6 of their size from
        // its fp64.
        const double score = expected[i].at("score").get<double>();
        EXPECT_NEAR(found.score, score, 3e-6 + 4e-6 * score) << where;
        EXPECT_EQ(codepoints(context.substr(0, found.begin)), expected[i].at("start")) << where;
        EXPECT_EQ(codepoints(context.substr(0, found.end)), expected[i].at("end")) << where;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 200u);
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyAnswerer,
                         testing::Values("bert_answer", "mpnet_answer", "distilbert_answer", "electra_answer",
                                         "mobilebert_answer", "jina_answer"),
                         [](const auto& test) { return test.param; });

TEST(Answerer, TellsWhatItCannotDo) {
  const Model model = tests::open_model(tests::task_folder("bert_answer"));
  EXPECT_FALSE(Answerer::create(model, {.top_k = 0}).ok());
  EXPECT_FALSE(Answerer::create(model, {.max_answer_tokens = 0}).ok());
  EXPECT_FALSE(Answerer::create(model, {.stride = 40}).ok());
  auto made = Answerer::create(model, {});
  ASSERT_TRUE(made.ok());
  std::string much;
  for (int i = 0; i < 38; ++i) much += "water ";
  const Question questions[] = {{"who", "the fox"}, {much, "the fox"}, {"who", ""}};
  std::vector<std::vector<Answer>> answers;
  EXPECT_NE(made.value().answer(questions, answers).message.find("leaves no room for the context"),
            std::string::npos);
  std::vector<Status> problems(3);
  ASSERT_TRUE(made.value().answer(questions, answers, nullptr, problems).ok());
  EXPECT_FALSE(problems[1].ok());
  EXPECT_EQ(answers[0].size(), 1u);
  EXPECT_TRUE(answers[1].empty());
  EXPECT_TRUE(answers[2].empty());  // an empty context holds no answer
}

}  // namespace
}  // namespace linnet
