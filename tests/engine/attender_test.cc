// The weights of attention are those of transformers, and of no other text, tier or thread.
#include "linnet/attender.h"

#include <algorithm>
#include <cstring>

#include "kernels/kernels.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/reference_tensors.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/";

std::vector<std::string> first_texts(const std::string& name) {
  const bool task = name.starts_with("tasks/");
  std::vector<std::string> texts;
  for (const std::string& line : tests::read_lines(kGolden + name + (task ? "/cases.jsonl" : "/texts.jsonl"))) {
    texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
    if (texts.size() == 6) break;
  }
  return texts;
}

std::vector<Attention> attend(const Model& model, const std::vector<std::string>& texts,
                              const AttendOptions& options = {}) {
  Result<Attender> attender = Attender::create(model, options);
  if (!attender.ok()) throw std::runtime_error(attender.status().message);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<Attention> found;
  const Status status = attender.value().attend(views, found);
  if (!status.ok()) throw std::runtime_error(status.message);
  return found;
}

std::string failure(const Model& model, const AttendOptions& options) {
  const auto attender = Attender::create(model, options);
  return attender.ok() ? std::string() : attender.status().message;
}

// tests/golden/make_attentions.py
TEST(Attender, GivesTheWeightsOfTransformers) {
  const tests::ReferenceTensors reference(kGolden + "attentions.safetensors");
  for (const std::string name : {"tiny_bert", "tiny_bert_plain", "tasks/mpnet", "tasks/electra", "tasks/distilbert",
                                 "tasks/mobilebert"}) {
    const std::vector<Attention> found = attend(tests::open_model(kGolden + name), first_texts(name));
    for (size_t i = 0; i < found.size(); ++i) {
      const auto expected = reference.values<float>(name + " " + std::to_string(i));
      EXPECT_LE(tests::relative_difference(found[i].weights, expected), 2e-6) << name << " " << i;
    }
  }
}

TEST(Attender, HasTheSameBitsEverywhere) {
  std::vector<std::string> texts = first_texts("tiny_bert");
  std::string longer;  // more queries than the encoder takes at a time
  for (int i = 0; i < 60; ++i) longer += "word " + std::to_string(i) + " ";
  texts.push_back(longer);
  const Model model = tests::open_model(kGolden + "tiny_bert");
  const AttendOptions whole{.task = {.max_length = 64}};
  const std::vector<Attention> all = attend(model, texts, whole);
  ASSERT_GT(all.back().tokens.ids.size(), 48u);
  const auto same = [&](const std::vector<Attention>& found, const std::string& how) {
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_TRUE(tests::same_bits(found[i].weights, all[i].weights)) << how << ", text " << i;
    }
  };
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    same(attend(tests::open_model(kGolden + "tiny_bert", kernels::isa_name(isa)), texts, whole),
         kernels::isa_name(isa));
  }
  for (const uint32_t threads : {2u, 7u}) {
    same(attend(model, texts, {.task = {.max_length = 64, .num_threads = threads}}), std::to_string(threads) + " threads");
  }
}

// Of an int8 model the weights are those of its own hidden states.
TEST(Attender, ReadsInt8Models) {
  const auto model = Model::open(kGolden + "tiny_bert", {.isa = "", .precision = Precision::kInt8});
  ASSERT_TRUE(model.ok());
  const std::vector<std::string> texts = first_texts("tiny_bert");
  const std::vector<Attention> int8 = attend(model.value(), texts);
  const std::vector<Attention> fp32 = attend(tests::open_model(kGolden + "tiny_bert"), texts);
  EXPECT_FALSE(tests::same_bits(int8[3].weights, fp32[3].weights));
  EXPECT_LE(tests::relative_difference(int8[3].weights, fp32[3].weights), 0.1);
}

TEST(Attender, GivesTheLayersAndHeadsThatAreAskedFor) {
  const Model model = tests::open_model(kGolden + "tiny_bert");
  const Attention all = attend(model, {"Hello, world!"})[0];
  const Attention some = attend(model, {"Hello, world!"}, {.layers = {1}, .heads = {3, 0}})[0];
  ASSERT_EQ(all.layers * all.heads, 8u);
  ASSERT_EQ(some.layers * some.heads, 2u);
  EXPECT_TRUE(std::ranges::equal(some.of(0, 0), all.of(1, 3)));
  EXPECT_TRUE(std::ranges::equal(some.of(0, 1), all.of(1, 0)));
  EXPECT_FALSE(std::ranges::equal(some.of(0, 0), some.of(0, 1)));
  const size_t n = all.tokens.ids.size();
  for (size_t row = 0; row < n; ++row) {
    double sum = 0;
    for (const float weight : some.of(0, 0).subspan(row * n, n)) sum += static_cast<double>(weight);
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_EQ(failure(model, {.layers = {2}}), "layer 2, expected 0 to 1");
  EXPECT_EQ(failure(model, {.heads = {0, 4}}), "head 4, expected 0 to 3");
  EXPECT_EQ(failure(model, {.layers = {1, 1}}), "layer 1 is given twice");
  EXPECT_EQ(failure(model, {.task = {.max_length = 1}}).substr(0, 12), "max_length 1");
}

TEST(Attender, CutsLongTexts) {
  Result<Attender> attender =
      Attender::create(tests::open_model(kGolden + "tiny_bert"), {.task = {.max_length = 5}});
  const std::string_view texts[] = {"a b c d e f", ""};
  std::vector<Attention> found;
  EmbedStats stats;
  ASSERT_TRUE(attender.value().attend(texts, found, &stats).ok());
  EXPECT_EQ(found[0].tokens.ids.size(), 5u);
  EXPECT_EQ(found[1].tokens.ids.size(), 2u);
  EXPECT_EQ(stats.truncated, 1u);
  EXPECT_EQ(stats.tokens, 7u);
}

}  // namespace
}  // namespace linnet
