// MaskFiller and SparseEncoder against transformers (tests/golden/make_tiny_tasks.py).
#include <gtest/gtest.h>

#include <map>

#include "linnet/mask_filler.h"
#include "linnet/sparse_encoder.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

using nlohmann::json;
using Fillings = std::vector<std::vector<std::vector<Filling>>>;

void expect_fillings(const std::vector<std::vector<Filling>>& found, const json& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t m = 0; m < found.size(); ++m) {
    ASSERT_EQ(found[m].size(), expected[m].size());
    for (size_t i = 0; i < found[m].size(); ++i) {
      const json& want = expected[m][i];
      EXPECT_EQ(found[m][i].token, want.at("token").get<int32_t>()) << want;
      EXPECT_EQ(found[m][i].token_str, want.at("token_str").get<std::string>());
      EXPECT_NEAR(found[m][i].score, want.at("score").get<double>(), 2e-6) << want;
      EXPECT_EQ(found[m][i].sequence, want.at("sequence").get<std::string>());
    }
  }
}

struct TinyMaskFiller : testing::TestWithParam<std::string> {
  const Model model = tests::open_model(tests::task_folder(GetParam()));
};

TEST_P(TinyMaskFiller, HasTheFillingsOfTheReference) {
  auto filler = MaskFiller::create(model, {.task = {}, .top_k = 4});
  auto targeted = MaskFiller::create(
      model, {.task = {}, .top_k = 9, .targets = {"fox", "dog", "the", "unheardof"}});
  ASSERT_TRUE(filler.ok() && targeted.ok());
  EXPECT_TRUE(filler.value().notes().empty());
  ASSERT_EQ(targeted.value().notes().size(), 1u);
  EXPECT_NE(targeted.value().notes()[0].find("\"unheardof\" is no token"), std::string::npos);
  for (const json& item : tests::task_cases(GetParam())) {
    if (!item.contains("masks")) continue;
    SCOPED_TRACE(item.at("text"));
    const std::string_view text = item.at("text").get_ref<const std::string&>();
    std::vector<float> logits, expected;
    for (const json& row : item.at("logits")) {
      for (const json& value : row) expected.push_back(value.get<float>());
    }
    ASSERT_TRUE(filler.value().logits(text, logits).ok());
    EXPECT_LE(tests::relative_difference(logits, expected), 2e-5);
    Fillings found;
    ASSERT_TRUE(filler.value().fill({&text, 1}, found).ok());
    expect_fillings(found[0], item.at("masks"));
    ASSERT_TRUE(targeted.value().fill({&text, 1}, found).ok());
    expect_fillings(found[0], item.at("targets"));
  }
}

TEST_P(TinyMaskFiller, GivesSparseVectorsOfTheReference) {
  auto encoder = SparseEncoder::create(model);
  ASSERT_TRUE(encoder.ok()) << encoder.status().message;
  for (const json& item : tests::task_cases(GetParam())) {
    if (!item.contains("sparse")) continue;
    const std::string_view text = item.at("text").get_ref<const std::string&>();
    std::vector<SparseVector> found;
    ASSERT_TRUE(encoder.value().encode({&text, 1}, found).ok());
    std::vector<float> dense(model.info().vocab_size);
    for (size_t i = 0; i < found[0].tokens.size(); ++i) {
      dense[static_cast<size_t>(found[0].tokens[i])] = found[0].weights[i];
      if (i > 0) { EXPECT_GE(found[0].weights[i - 1], found[0].weights[i]); }
      EXPECT_GT(found[0].weights[i], 0.0f);
    }
    EXPECT_LE(tests::relative_difference(dense, item.at("sparse").get<std::vector<float>>()), 2e-5)
        << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyMaskFiller,
                         testing::Values("bert_fill", "distilbert_fill", "electra_fill", "mpnet_fill",
                                         "nomic_fill", "jina_fill", "mobilebert_fill", "gte_fill"),
                         [](const auto& test) { return test.param; });

// What a checkpoint of pretraining has: the masked words, and a head that tells whether two sentences follow each
// other, which no task needs.
TEST(MaskFiller, ReadsCheckpointsOfPretraining) {
  for (const auto& [golden, architecture] : {std::pair{"bert_fill", "BertForPreTraining"},
                                             std::pair{"nomic_fill", "NomicBertForPreTraining"},
                                             std::pair{"mobilebert_fill", "MobileBertForPreTraining"}}) {
    SCOPED_TRACE(architecture);
    const tests::HfFolder folder(std::string("tasks/") + golden);
    folder.edit("config.json", [&](json& config) { config["architectures"] = json::array({architecture}); });
    folder.edit_tensors([](tests::Safetensors& tensors) {
      tensors["cls.seq_relationship.weight"] = {"F32", {2, 1}, std::string(8, '\0')};
      tensors["cls.seq_relationship.bias"] = {"F32", {2}, std::string(8, '\0')};
    });
    auto pretrained = MaskFiller::create(tests::open_model(folder.path()));
    auto filler = MaskFiller::create(tests::open_model(tests::task_folder(golden)));
    ASSERT_TRUE(pretrained.ok()) << pretrained.status().message;
    ASSERT_TRUE(filler.ok()) << filler.status().message;
    std::vector<float> found, expected;
    ASSERT_TRUE(pretrained.value().logits("the [MASK] of people", found).ok());
    ASSERT_TRUE(filler.value().logits("the [MASK] of people", expected).ok());
    EXPECT_TRUE(tests::same_bits(found, expected));
  }
}

TEST(MaskFiller, TellsWhatItCannotDo) {
  const Model model = tests::open_model(tests::task_folder("bert_fill"));
  EXPECT_FALSE(MaskFiller::create(model, {.task = {}, .top_k = 0}).ok());
  EXPECT_NE(MaskFiller::create(model, {.task = {}, .targets = {" "}})
                .status()
                .message.find("the target \" \" has no token"),
            std::string::npos);
  auto filler = MaskFiller::create(model);
  ASSERT_TRUE(filler.ok());
  std::string much;
  for (int i = 0; i < 38; ++i) much += "water ";
  much += "[MASK]";
  const std::string_view texts[] = {"the [MASK]", "no mask here", much};
  Fillings found;
  EXPECT_NE(filler.value().fill(texts, found).message.find("text 1: the text has no [MASK]"),
            std::string::npos);
  std::vector<Status> problems(3);
  ASSERT_TRUE(filler.value().fill(texts, found, nullptr, problems).ok());
  EXPECT_EQ(found[0].size(), 1u);
  EXPECT_FALSE(problems[1].ok());
  EXPECT_NE(problems[2].message.find("no [MASK] among its first 40 tokens"), std::string::npos);
}

TEST(SparseEncoder, TakesTheLargestOfTheWindowsAndTheHeaviestTokens) {
  const Model model = tests::open_model(tests::task_folder("bert_fill"));
  auto whole = SparseEncoder::create(model);
  auto split = SparseEncoder::create(
      model, {.task = {}, .long_texts = LongText::kSplit, .stride = 0});
  auto top = SparseEncoder::create(model, {.task = {}, .top_k = 3});
  ASSERT_TRUE(whole.ok() && split.ok() && top.ok());
  std::string text, windows[2];
  for (int i = 0; i < 50; ++i) {
    const std::string word = i % 3 == 0 ? "water " : i % 3 == 1 ? "people " : "day ";
    text += word;
    windows[i < 38 ? 0 : 1] += word;
  }
  const std::string_view texts[] = {text, windows[0], windows[1]};
  std::vector<SparseVector> found, parts, best;
  ASSERT_TRUE(split.value().encode({texts, 1}, found).ok());
  ASSERT_TRUE(whole.value().encode({texts + 1, 2}, parts).ok());
  ASSERT_TRUE(top.value().encode({texts + 1, 1}, best).ok());
  Status one;
  EXPECT_EQ(whole.value().encode({texts, 3}, parts, nullptr, {&one, 1}).code, Code::kInvalidArgument);
  ASSERT_TRUE(whole.value().encode({texts + 1, 2}, parts).ok());
  std::map<int32_t, float> largest;
  for (const SparseVector& part : parts) {
    for (size_t i = 0; i < part.tokens.size(); ++i) {
      float& weight = largest[part.tokens[i]];
      weight = std::max(weight, part.weights[i]);
    }
  }
  ASSERT_EQ(found[0].tokens.size(), largest.size());
  for (size_t i = 0; i < found[0].tokens.size(); ++i) {
    EXPECT_EQ(found[0].weights[i], largest.at(found[0].tokens[i]));
  }
  ASSERT_EQ(best[0].tokens.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(best[0].tokens[i], parts[0].tokens[i]);
}

}  // namespace
}  // namespace linnet
