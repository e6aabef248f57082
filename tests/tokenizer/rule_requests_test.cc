// Rules 15 to 24: what stands around a word - added tokens, places, pairs, truncation, blocks of tokenizer.json,
// vocab.txt, decoding - by name, against Hugging Face `tokenizers` (tests/golden/tokenizer/make_rule_requests.py).
// Where Linnet decides for itself, the test says what.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <map>

#include "tests/tokenizer/requests.h"
#include "tests/tokenizer/tokenizer_from.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet {
namespace {

using tests::compare_all;

constexpr const char* kRequests = "rule_requests.jsonl";
const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert/";

TEST(Rule15, AddedTokens) { compare_all(kRequests, 76, "15"); }

// A normalized token is found where NFD makes its punctuation of something else, whatever that is; a text without
// any of it is not searched (TablesView::may_hold_normalized_token).
TEST(Rule15, EveryScalarThatBecomesPunctuation) {
  using nlohmann::json;
  const tests::TempDir dir;
  json described = json::parse(tests::read_file(kTiny + "tokenizer.json"));
  std::map<char, int32_t> id_of;
  for (int c = '!'; c <= '~'; ++c) {
    if (std::ispunct(c) == 0) continue;
    id_of[static_cast<char>(c)] = 252 + static_cast<int32_t>(id_of.size());
    described["added_tokens"].push_back({{"id", id_of[static_cast<char>(c)]}, {"content", std::string(1, static_cast<char>(c)) + "qx"},
                                         {"special", false}, {"normalized", true}, {"lstrip", false}, {"rstrip", false},
                                         {"single_word", false}});
  }
  tests::write_file(dir / "tokenizer.json", described.dump());
  const tests::OpenTokenizer opened(dir / "tokenizer.json");
  size_t found = 0;
  for (uint32_t scalar = 0x80; scalar < 0x110000; ++scalar) {
    if (scalar >= 0xD800 && scalar <= 0xDFFF) continue;
    const tokenizer::ScalarSequence parts = tokenizer::decompose(scalar);
    if (parts.scalars[0] >= 0x80 || id_of.count(static_cast<char>(parts.scalars[0])) == 0) continue;
    char utf8[4];
    const std::string text = std::string(utf8, tokenizer::encode_utf8(scalar, utf8)) + "QX";
    EXPECT_EQ(opened.encode(text).ids[1], id_of[static_cast<char>(parts.scalars[0])]) << text;
    ++found;
  }
  EXPECT_GE(found, 5u);
}

// never_split is the slow tokenizer's, and the fast one's tokenizer_config.json may still name it.
TEST(Rule16, NeverSplitIsIgnored) {
  const tests::TempDir dir;
  std::filesystem::copy(kTiny + "vocab.txt", dir / "vocab.txt");
  const tests::OpenTokenizer without(dir.path());
  tests::write_file(dir / "tokenizer_config.json", R"({"never_split": ["the-", "ing."]})");
  const tests::OpenTokenizer with(dir.path());
  EXPECT_EQ(with.wordpiece().info().fingerprint, without.wordpiece().info().fingerprint);
  EXPECT_EQ(with.encode("the- ing.").ids, without.encode("the - ing .").ids);
}

TEST(Rule17, Places) { compare_all(kRequests, 21, "17"); }
TEST(Rule18, Truncation) { compare_all(kRequests, 300, "18"); }

// The reference's subtraction wraps there and truncates nothing: here it is an error.
TEST(Rule19, NoRoomForTheSpecialTokens) {
  const auto tokenizer = Tokenizer::open(kTiny);
  ASSERT_TRUE(tokenizer.ok());
  Encoding out;
  std::vector<Encoding> windows;
  for (const bool special : {true, false}) {
    TokenizeOptions options{.max_length = 1, .add_special_tokens = special};
    EXPECT_EQ(tokenizer.value().encode("the", options, out).ok(), !special);
    options.max_length = 2;
    EXPECT_TRUE(tokenizer.value().encode("the", options, out).ok());
    const Status status = tokenizer.value().encode_pair("the", "ing", options, out);
    EXPECT_EQ(status.ok(), !special);
    if (special) {
      EXPECT_EQ(status.code, Code::kInvalidArgument);
      EXPECT_NE(status.message.find("3 special tokens"), std::string::npos) << status.message;
    }
    EXPECT_EQ(tokenizer.value().encode_windows("the", "ing", options, windows).ok(), !special);
  }
}

TEST(Rule20, Windows) { compare_all("rule_windows.jsonl", 31, "20"); }
TEST(Rule21, NoPadding) { compare_all(kRequests, 3, "21"); }
TEST(Rule22, Decoding) { compare_all(kRequests, 45, "22"); }

// As Python reads it, a line ends with "\n" alone; the reference's own reader would take U+2028 off.
TEST(Rule23, LinesOfVocabTxt) {
  const tests::TempDir dir;
  tests::write_file(dir / "vocab.txt",
                    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\u2028\n##\u2028\nab\u3000\nc\n##d\n");
  const auto tokenizer = Tokenizer::open(dir / "vocab.txt");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message;
  EXPECT_EQ(tokenizer.value().info().vocab_size, 10u);
  EXPECT_EQ(tokenizer.value().token(5), "\u2028");
  EXPECT_EQ(tokenizer.value().token(6), "##\u2028");
  EXPECT_EQ(tokenizer.value().token(7), "ab\u3000");
  EXPECT_EQ(tokenizer.value().id("##d"), 9);
  Encoding out;
  ASSERT_TRUE(tokenizer.value().encode("cd", {}, out).ok());
  EXPECT_EQ(out.ids, (std::vector<int32_t>{2, 8, 9, 3}));
}

TEST(Rule24, VariantsOfTokenizerJson) { compare_all(kRequests, 40, "24"); }

}  // namespace
}  // namespace linnet
