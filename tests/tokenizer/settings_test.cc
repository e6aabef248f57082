// Unusual tokenizers, pairs, words, truncation, windows and decoding against Hugging Face `tokenizers`
// (tests/golden/tokenizer/make_settings_cases.py), through the public API.
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "tests/tokenizer/requests.h"

namespace linnet {
namespace {

TEST(Settings, AsTheReference) { tests::compare_all("settings_cases.jsonl", 400); }
TEST(Settings, WindowsAsTheReference) { tests::compare_all("windows_cases.jsonl", 400); }

// A long text is counted in pieces: with every tokenizer, texts in which all kinds of things stand beside the cuts.
TEST(Settings, CountIsTheNumberOfTokens) {
  const tests::TempDir dir;
  const std::vector<std::string> spaces = {" ", "\t", "\n", "\r\n", "\r", "\xE3\x80\x80", "\xC2\xA0\n", "", "\xEF"};
  std::vector<std::string> parts = {"na\xC3\xAFve[SEP]", "the", "\xCC\x81", "\xE4\xBD\xA0", "\xCE\xA3", "[MASK]", "."};
  const tests::json not_clean = {{"type", "BertNormalizer"}, {"clean_text", false}, {"handle_chinese_chars", true},
                                 {"strip_accents", nullptr}, {"lowercase", false}};
  std::mt19937 random(7);
  std::istringstream file(tests::read_file(LINNET_SOURCE_DIR "/tests/golden/tokenizer/settings_cases.jsonl"));
  for (std::string line; std::getline(file, line);) {
    tests::json read = tests::json::parse(line);
    if (!read.contains("tokenizer")) continue;
    for (const auto& token : read["tokenizer"]["added_tokens"]) parts.push_back(token["content"]);
    std::string text;
    while (text.size() < 150000) text += parts[random() % parts.size()] + spaces[random() % spaces.size()];
    for (const tests::json& normalizer : {read["tokenizer"]["normalizer"], not_clean}) {
      read["tokenizer"]["normalizer"] = normalizer;
      tests::write_file(dir / "tokenizer.json", read["tokenizer"].dump());
      const auto tokenizer = Tokenizer::open(dir / "tokenizer.json");
      ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message;
      Encoding all;
      ASSERT_TRUE(tokenizer.value().encode(text, {}, all).ok());
      EXPECT_EQ(tokenizer.value().count(text).value(), all.ids.size()) << read["tokenizer"];
    }
  }
}

}  // namespace
}  // namespace linnet
