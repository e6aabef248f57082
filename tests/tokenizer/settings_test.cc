// Unusual tokenizers, pairs, words, truncation, windows and decoding against Hugging Face `tokenizers`
// (tests/golden/tokenizer/make_settings_cases.py), through the public API.
#include <gtest/gtest.h>

#include "tests/tokenizer/requests.h"

namespace linnet {
namespace {

TEST(Settings, AsTheReference) { tests::compare_all("settings_cases.jsonl", 400); }
TEST(Settings, WindowsAsTheReference) { tests::compare_all("windows_cases.jsonl", 400); }

TEST(Settings, CountIsTheNumberOfTokens) {
  const auto tokenizer = Tokenizer::open(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  ASSERT_TRUE(tokenizer.ok());
  std::string text;
  for (int i = 0; i < 40000; ++i) text += i % 7 == 0 ? "na\xC3\xAFve[SEP] " : "the ing ";
  Encoding all;
  ASSERT_TRUE(tokenizer.value().encode(text, {}, all).ok());
  EXPECT_EQ(tokenizer.value().count(text).value(), all.ids.size());
}

}  // namespace
}  // namespace linnet
