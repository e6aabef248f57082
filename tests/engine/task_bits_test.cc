// Every task gives the same bits on every tier, in any batch and with any number of threads.
#include <gtest/gtest.h>

#include <functional>

#include "kernels/kernels.h"
#include "linnet/answerer.h"
#include "linnet/classifier.h"
#include "linnet/import.h"
#include "linnet/mask_filler.h"
#include "linnet/reranker.h"
#include "linnet/sparse_encoder.h"
#include "linnet/tagger.h"
#include "linnet/zero_shot.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

using Texts = std::vector<std::string_view>;

template <typename T>
std::string bits(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
template <typename T>
T made(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().message);
  return std::move(result.value());
}
void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

// What a task makes of each text, as bytes; all texts in one call.
using Run = std::function<std::vector<std::string>(const Model&, TaskOptions, const Texts&)>;

std::vector<std::string> rows_of(const std::vector<float>& values, size_t n) {
  std::vector<std::string> rows(n);
  for (size_t i = 0; i < values.size(); ++i) rows[i / (values.size() / n)] += bits(values[i]);
  return rows;
}

std::vector<std::string> classify(const Model& model, TaskOptions task, const Texts& texts) {
  Classifier classifier = made(Classifier::create(model, {.task = task}));
  std::vector<TextPair> inputs;
  for (const std::string_view text : texts) inputs.push_back({text, "water day", text.size() % 2 == 1});
  std::vector<float> scores(texts.size() * classifier.num_labels());
  check(classifier.logits(inputs, scores));
  check(classifier.to_scores(scores));
  return rows_of(scores, texts.size());
}

std::vector<std::string> rerank(const Model& model, TaskOptions task, const Texts& texts) {
  std::vector<float> scores(texts.size());
  check(made(Reranker::create(model, {.task = task})).score("the quick fox", texts, scores));
  return rows_of(scores, texts.size());
}

std::vector<std::string> zero_shot(const Model& model, TaskOptions task, const Texts& texts) {
  std::vector<float> scores(texts.size() * 2);
  check(made(ZeroShot::create(model, {.task = task, .labels = {"water", "the day"}}))
            .score(texts, scores));
  return rows_of(scores, texts.size());
}

std::vector<std::string> tag(const Model& model, TaskOptions task, const Texts& texts) {
  std::vector<std::vector<Entity>> entities;
  check(made(Tagger::create(model, {.task = task, .aggregation = Aggregation::kAverage}))
            .tag(texts, entities));
  std::vector<std::string> rows;
  for (const auto& list : entities) {
    std::string& row = rows.emplace_back();
    for (const Entity& e : list) row += e.label + bits(e.score) + e.word + bits(e.begin) + bits(e.end);
  }
  return rows;
}

std::vector<std::string> answer(const Model& model, TaskOptions task, const Texts& texts) {
  std::vector<Question> questions;
  for (const std::string_view text : texts) questions.push_back({"who is it", text});
  std::vector<std::vector<Answer>> answers;
  check(made(Answerer::create(model, {.task = task, .top_k = 3, .no_answer = true}))
            .answer(questions, answers));
  std::vector<std::string> rows;
  for (const auto& list : answers) {
    std::string& row = rows.emplace_back();
    for (const Answer& a : list) row += a.answer + bits(a.score) + bits(a.begin) + bits(a.end);
  }
  return rows;
}

std::vector<std::string> fill(const Model& model, TaskOptions task, const Texts& texts) {
  MaskFiller filler = made(MaskFiller::create(model, {.task = task, .top_k = 9}));
  std::vector<std::vector<std::vector<Filling>>> fillings;
  std::vector<Status> problems(texts.size());
  check(filler.fill(texts, fillings, nullptr, problems));  // few of the texts have a mask
  std::vector<std::string> rows;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string& row = rows.emplace_back(problems[i].message);
    for (const auto& mask : fillings[i]) {
      for (const Filling& f : mask) row += bits(f.token) + bits(f.score) + f.sequence;
    }
  }
  return rows;
}

std::vector<std::string> sparse(const Model& model, TaskOptions task, const Texts& texts) {
  std::vector<SparseVector> vectors;
  check(made(SparseEncoder::create(model, {.task = task})).encode(texts, vectors));
  std::vector<std::string> rows;
  for (const SparseVector& vector : vectors) {
    std::string& row = rows.emplace_back();
    for (size_t i = 0; i < vector.tokens.size(); ++i) {
      row += bits(vector.tokens[i]) + bits(vector.weights[i]);
    }
  }
  return rows;
}

struct TaskCase {
  const char* model;
  Run run;
  Precision precision = Precision::kFp32;
};
struct SameBits : testing::TestWithParam<TaskCase> {};

TEST_P(SameBits, OnEveryTierInAnyBatchWithAnyThreads) {
  std::vector<std::string> owned = tests::various_texts();
  for (size_t i = 0; i < owned.size(); i += 5) owned[i] += " the [MASK] day";
  const Texts texts(owned.begin(), owned.end());
  std::vector<std::string> expected;
  const tests::TempDir dir;
  const auto imported = import_model(tests::task_folder(GetParam().model), dir / "model.linnet",
                                     {.precision = GetParam().precision});
  ASSERT_TRUE(imported.ok()) << imported.status().message;
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const Model model = tests::open_model(dir / "model.linnet", kernels::isa_name(isa));
    for (const auto& [threads, mode] : {std::pair{1u, Mode::kAuto}, std::pair{2u, Mode::kThroughput},
                                       std::pair{7u, Mode::kThroughput},
                                       std::pair{2u, Mode::kLatency}}) {
      const TaskOptions task{.max_length = 0, .num_threads = threads, .mode = mode};
      const std::vector<std::string> found = GetParam().run(model, task, texts);
      if (expected.empty()) {
        expected = found;
        for (size_t t = 0; t < texts.size(); ++t) {  // each text alone
          EXPECT_EQ(GetParam().run(model, task, {texts[t]})[0], expected[t]) << owned[t];
        }
      }
      EXPECT_EQ(found, expected) << kernels::isa_name(isa) << ", " << threads << " threads, mode "
                                 << static_cast<int>(mode);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, SameBits,
    testing::Values(TaskCase{"bert_classify", classify}, TaskCase{"electra_multi_label", classify},
                    TaskCase{"mpnet_classify", classify}, TaskCase{"bert_rerank", rerank},
                    TaskCase{"bert_nli", zero_shot}, TaskCase{"distilbert_tag", tag},
                    TaskCase{"mpnet_answer", answer}, TaskCase{"electra_fill", fill},
                    TaskCase{"bert_fill", sparse},
                    TaskCase{"nomic_tag", tag}, TaskCase{"jina_fill", fill},
                    TaskCase{"jina_tag", tag}, TaskCase{"jina_answer", answer}, TaskCase{"gte_tag", tag},
                    TaskCase{"mobilebert_classify", classify}, TaskCase{"mobilebert_tag", tag},
                    TaskCase{"mobilebert_answer", answer}, TaskCase{"mobilebert_fill", fill},
                    TaskCase{"bert_classify", classify, Precision::kInt8},
                    TaskCase{"distilbert_tag", tag, Precision::kInt8},
                    TaskCase{"mpnet_answer", answer, Precision::kInt8},
                    TaskCase{"bert_fill", sparse, Precision::kInt8}));

}  // namespace
}  // namespace linnet
