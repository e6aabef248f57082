// A masked-word model whose last matrix is that of its word embeddings: held once, with the bits of a model that
// holds both.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "kernels/kernels.h"
#include "linnet/mask_filler.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

struct Names {
  const char *model, *words, *decoder;  // and tensors of its checkpoint
};

struct TiedWords : testing::TestWithParam<Names> {
  // The same model with a decoder of its own, of equal numbers.
  TiedWords() {
    apart.edit("config.json", [](tests::json& config) { config["tie_word_embeddings"] = false; });
    apart.edit_tensors([](tests::Safetensors& t) { t[GetParam().decoder] = t.at(GetParam().words); });
  }
  tests::HfFolder tied{std::string("tasks/") + GetParam().model}, apart{std::string("tasks/") + GetParam().model};
};

bool holds(const Model& model, const std::string& tensor) {
  return std::ranges::any_of(model.info().stored, [&](const StoredTensor& t) { return t.name == tensor; });
}

std::vector<float> masked_logits(const Model& model) {
  auto filler = MaskFiller::create(model);
  if (!filler.ok()) throw std::runtime_error(filler.status().message);
  std::vector<float> logits;
  const std::string text = "the " + filler.value().mask_token() + " people call a quick brown fox";
  EXPECT_TRUE(filler.value().logits(text, logits).ok());
  return logits;
}

TEST_P(TiedWords, AreHeldOnceWithTheSameBits) {
  const Model one = tests::open_model(tied.path()), two = tests::open_model(apart.path());
  EXPECT_FALSE(holds(one, "embeddings.word"));
  EXPECT_TRUE(holds(two, "embeddings.word"));
  EXPECT_TRUE(holds(one, "head.output.weight") && holds(two, "head.output.weight"));
  EXPECT_TRUE(tests::same_bits(masked_logits(one), masked_logits(two)));
  std::vector<std::string> texts = tests::various_texts();
  texts.resize(20);
  for (const auto& [threads, mode] : {std::pair{1u, Mode::kThroughput}, std::pair{3u, Mode::kLatency}}) {
    const EmbedOptions options{.num_threads = threads, .mode = mode};
    EXPECT_TRUE(tests::same_bits(tests::embed_all(one, texts, 20, options),
                                 tests::embed_all(two, texts, 20, options)));
  }
}

// int8 reads the words from the same matrix, which stays fp32.
TEST_P(TiedWords, AreHeldOnceInInt8) {
  const std::vector<float> exact = masked_logits(tests::open_model(tied.path()));
  std::vector<float> first;
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const auto model = Model::open(tied.path(), {.isa = kernels::isa_name(isa), .precision = Precision::kInt8});
    ASSERT_TRUE(model.ok()) << model.status().message;
    EXPECT_FALSE(holds(model.value(), "embeddings.word"));
    const std::vector<float> found = masked_logits(model.value());
    if (first.empty()) first = found;
    EXPECT_TRUE(tests::same_bits(found, first)) << kernels::isa_name(isa);
  }
  EXPECT_LE(tests::relative_difference(first, exact), 0.05);
}

// Where they are not tied, a decoder of other numbers counts.
TEST_P(TiedWords, AreTwoWhereTheyDiffer) {
  apart.edit_tensors([](tests::Safetensors& t) {
    std::string& bytes = t.at(GetParam().decoder).bytes;
    std::rotate(bytes.begin(), bytes.begin() + 2, bytes.end());
  });
  EXPECT_FALSE(tests::same_bits(masked_logits(tests::open_model(tied.path())),
                                masked_logits(tests::open_model(apart.path()))));
}

INSTANTIATE_TEST_SUITE_P(
    Tiny, TiedWords,
    testing::Values(
        Names{"bert_fill", "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"},
        Names{"distilbert_fill", "distilbert.embeddings.word_embeddings.weight", "vocab_projector.weight"},
        Names{"electra_fill", "electra.embeddings.word_embeddings.weight", "generator_lm_head.weight"},
        Names{"mpnet_fill", "mpnet.embeddings.word_embeddings.weight", "lm_head.decoder.weight"},
        Names{"nomic_fill", "nomic_bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"},
        Names{"jina_fill", "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"},
        Names{"gte_fill", "new.embeddings.word_embeddings.weight", "lm_head.decoder.weight"}),
    [](const auto& test) { return test.param.model; });

}  // namespace
}  // namespace linnet
