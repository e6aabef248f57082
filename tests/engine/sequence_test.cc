// Pairs as the task classes build them, against the tokenizer's own, which follows the template step by step.
#include "engine/sequence.h"

#include "engine/model_impl.h"
#include "linnet/reranker.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"

namespace linnet {
namespace {

using nlohmann::json;

json special(const char* token, int type) { return {{"SpecialToken", {{"id", token}, {"type_id", type}}}}; }
json text(const char* which, int type) { return {{"Sequence", {{"id", which}, {"type_id", type}}}}; }
const json kSingle = {special("[CLS]", 0), text("A", 0), special("[SEP]", 0)};

// bert_rerank, whose types of tokens have vectors, with other templates.
Model model_of(const json& single, const json& pair) {
  const tests::HfFolder folder("tasks/bert_rerank");
  folder.edit("tokenizer.json", [&](json& tokenizer) {
    tokenizer["post_processor"]["single"] = single;
    tokenizer["post_processor"]["pair"] = pair;
  });
  return tests::open_model(folder.path());
}

std::string failure(const json& single, const json& pair) {
  const auto reranker = Reranker::create(model_of(single, pair));
  EXPECT_EQ(reranker.status().code, Code::kUnsupported);
  return reranker.status().message;
}

TEST(Sequence, OfAPairIsTheTemplates) {
  for (const size_t separators : {1, 2, 3}) {
    for (const int type : {0, 1}) {
      json pair = {special("[CLS]", 0), text("A", 0)};
      for (size_t i = 0; i < separators; ++i) pair.push_back(special("[SEP]", 0));
      pair.push_back(text("B", type));
      pair.push_back(special("[SEP]", type));
      const Model model = model_of(kSingle, pair);
      const tokenizer::WordPiece& wordpiece = model.impl().tokenizer_impl->wordpiece;
      const auto format = engine::sequence_format(wordpiece, model.impl().image->config(), 40, true);
      ASSERT_TRUE(format.ok()) << format.status().message;

      tokenizer::Scratch scratch;
      engine::Tokens a, b;
      ASSERT_TRUE(engine::tokenize(wordpiece, "one text", 99, scratch, a).ok());
      ASSERT_TRUE(engine::tokenize(wordpiece, "and another, a second one", 99, scratch, b).ok());
      const engine::Sequence sequence = engine::pair_sequence(format.value(), a, a.size(), b, 0, b.size());
      std::vector<uint8_t> type_ids(sequence.size(), 0);
      std::fill(type_ids.begin() + sequence.second_begin, type_ids.end(), uint8_t{1});

      Encoding expected;
      ASSERT_TRUE(model.tokenizer().encode_pair("one text", "and another, a second one", {}, expected).ok());
      EXPECT_EQ(sequence.ids, expected.ids);
      EXPECT_EQ(type_ids, expected.type_ids);
    }
  }
}

TEST(Sequence, OfOtherTemplatesIsNotMade) {
  const json pair = {special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1), special("[SEP]", 1)};
  const std::string alone = "the tokenizer's template puts 2 special tokens around a text, expected [CLS] before";
  EXPECT_NE(failure({text("A", 0), special("[SEP]", 0), special("[CLS]", 0)}, pair).find(alone), std::string::npos);
  const std::string both = "the tokenizer's template of a pair is not [CLS] A [SEP] B [SEP]";
  json wrong = pair;
  wrong[4] = special("[CLS]", 1);
  EXPECT_NE(failure(kSingle, wrong).find(both), std::string::npos);
  wrong = pair;
  wrong[0] = special("[CLS]", 1);
  EXPECT_NE(failure(kSingle, wrong).find(both), std::string::npos);
  wrong = pair;
  std::swap(wrong[1], wrong[3]);
  EXPECT_NE(failure(kSingle, wrong).find(both), std::string::npos);
}

}  // namespace
}  // namespace linnet
