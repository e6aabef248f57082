// Each rule of BERT's normalizer, pre-tokenizer and WordPiece, by name, against Hugging Face `tokenizers`
// (tests/golden/tokenizer/make_rules.py).
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/engine/embed_all.h"
#include "tokenizer/build_tables.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

using nlohmann::json;

TokenizerSpec spec_of(const std::vector<std::string>& vocab, const json& settings) {
  TokenizerSpec spec;
  spec.vocab = vocab;
  set_bert_templates(spec, 2, 3);
  spec.clean_text = settings.value("clean_text", true);
  spec.handle_chinese_chars = settings.value("handle_chinese_chars", true);
  spec.lowercase = settings.value("lowercase", true);
  spec.strip_accents = settings.value("strip_accents", spec.lowercase);
  spec.unk = settings.value("unk_token", "[UNK]");
  spec.continuing_prefix = settings.value("continuing_subword_prefix", "##");
  spec.max_chars_per_word = settings.value("max_input_chars_per_word", 100u);
  return spec;
}

void check_rule(const std::string& number, size_t at_least) {
  const auto lines = tests::read_lines(LINNET_SOURCE_DIR "/tests/golden/tokenizer/rules.jsonl");
  const auto vocab = json::parse(lines.at(0)).get<std::vector<std::string>>();
  std::map<std::string, std::vector<std::byte>> tables_of;  // by settings
  size_t cases = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    const json expected = json::parse(lines[i]);
    if (expected["rule"].get<std::string>().rfind(number, 0) != 0) continue;
    ++cases;
    const std::string name = lines[i];
    const json& settings = expected["settings"];
    if (!tables_of.contains(settings.dump())) {
      auto built = build_tables(spec_of(vocab, settings), name);
      ASSERT_TRUE(built.ok()) << built.status().message;
      tables_of[settings.dump()] = std::move(built.value());
    }
    const auto wordpiece = WordPiece::from_tables(tables_of[settings.dump()], name);
    ASSERT_TRUE(wordpiece.ok()) << wordpiece.status().message;
    const auto text = expected["text"].get<std::string>();
    std::vector<int32_t> ids(text.size() + 16), words(text.size() + 16), only_ids(text.size() + 16);
    std::vector<ByteSpan> spans(text.size() + 16);
    Scratch scratch;
    const EncodeOptions options{.add_special_tokens = false, .match_special_tokens = false};
    const size_t count =
        wordpiece.value()
            .encode(text, options,
                    {.ids = ids.data(), .spans = spans.data(), .word_ids = words.data(),
                     .capacity = ids.size()},
                    scratch)
            .num_tokens;
    ids.resize(count);
    words.resize(count);
    std::vector<std::vector<uint32_t>> places;
    for (size_t t = 0; t < count; ++t) places.push_back({spans[t].begin, spans[t].end});
    EXPECT_EQ(ids, expected["ids"].get<std::vector<int32_t>>()) << name;
    EXPECT_EQ(words, expected["words"].get<std::vector<int32_t>>()) << name;
    EXPECT_EQ(places, expected["spans"].get<std::vector<std::vector<uint32_t>>>()) << name;
    const EncodeResult alone = wordpiece.value().encode(
        text, options, {.ids = only_ids.data(), .capacity = only_ids.size()}, scratch);
    only_ids.resize(alone.num_tokens);
    EXPECT_EQ(only_ids, ids) << name;
  }
  EXPECT_GE(cases, at_least);
}

TEST(Rule01, CleanTextDrops) { check_rule("01", 20); }
TEST(Rule02, UnassignedIsKept) { check_rule("02", 8); }
TEST(Rule03, Whitespace) { check_rule("03", 20); }
TEST(Rule04, ChineseStandsAlone) { check_rule("04", 25); }
TEST(Rule05, PunctuationStandsAlone) { check_rule("05", 45); }
TEST(Rule06, AccentsAreStripped) { check_rule("06", 20); }
TEST(Rule07, HangulBecomesJamo) { check_rule("07", 10); }
TEST(Rule08, Lowercase) { check_rule("08", 15); }
TEST(Rule09, NoCompatibilityMapping) { check_rule("09", 8); }
TEST(Rule10, NoComposition) { check_rule("10", 4); }
TEST(Rule11, SelectorsJoinersTags) { check_rule("11", 8); }
TEST(Rule12, GreedyLongestMatch) { check_rule("12", 30); }
TEST(Rule13, UncleanTextReachesTheVocabulary) { check_rule("13", 11); }
TEST(Rule14, ReplacementCharacter) { check_rule("14", 4); }

}  // namespace
}  // namespace linnet::tokenizer
