// The tokenizer of linnet/linnet.h against linnet/tokenizer.h, and what it refuses.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "linnet/linnet.h"
#include "linnet/tokenizer.h"

namespace linnet {
namespace {

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";
const std::string kText = "the na\xC3\xAFve \xE4\xBD\xA0 [SEP] ing\xFF the-ing, the ing \xF0\x9F\x98\x80 the";
const std::string kOther = "ing the quick the";

struct CTokenizer : testing::Test {
  linnet_tokenizer* c = nullptr;
  linnet_encodings* out = nullptr;
  const Result<Tokenizer> cpp = Tokenizer::open(kTiny);

  void SetUp() override {
    ASSERT_EQ(linnet_tokenizer_open(kTiny.c_str(), &c), LINNET_OK) << linnet_error_text();
    ASSERT_EQ(linnet_encodings_create(&out), LINNET_OK);
    ASSERT_TRUE(cpp.ok());
  }
  void TearDown() override {
    linnet_encodings_free(out);
    linnet_tokenizer_close(c);
  }
  void expect_same(const std::vector<Encoding>& expected) const {
    ASSERT_EQ(linnet_num_encodings(out), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const linnet_encoding found = linnet_encoding_at(out, i);
      const Encoding& e = expected[i];
      ASSERT_EQ(found.size, e.ids.size());
      for (size_t t = 0; t < found.size; ++t) {
        EXPECT_EQ(found.ids[t], e.ids[t]);
        EXPECT_EQ(found.offsets[2 * t], e.offsets[t].begin);
        EXPECT_EQ(found.offsets[2 * t + 1], e.offsets[t].end);
        EXPECT_EQ(found.word_ids[t], e.word_ids[t]);
        EXPECT_EQ(found.type_ids[t], e.type_ids[t]);
        EXPECT_EQ(found.sequence_ids[t], e.sequence_ids[t]);
        EXPECT_EQ(found.special_tokens_mask[t], e.sequence_ids[t] < 0 ? 1 : 0);
      }
      EXPECT_EQ(found.truncated != 0, e.truncated);
      EXPECT_EQ(found.num_repaired, e.num_repaired);
    }
    EXPECT_EQ(linnet_encoding_at(out, expected.size()).size, 0u);
  }
};

TEST_F(CTokenizer, EncodesAsTheCppOne) {
  for (const size_t max_length : {size_t{0}, size_t{7}}) {
    for (const int left : {0, 1}) {
      for (const int literal : {0, 1}) {
        for (const int bare : {0, 1}) {
          const linnet_tokenize_options options = {.max_length = max_length, .stride = 1,
                                                   .truncation = LINNET_LONGEST_FIRST, .truncate_left = left,
                                                   .no_special_tokens = bare, .literal = literal};
          const TokenizeOptions same = {.max_length = max_length, .add_special_tokens = bare == 0,
                                        .match_special_tokens = literal == 0, .truncate_left = left != 0, .stride = 1};
          std::vector<Encoding> expected(1);
          ASSERT_TRUE(cpp.value().encode(kText, same, expected[0]).ok());
          ASSERT_EQ(linnet_encode(c, kText.data(), kText.size(), &options, out), LINNET_OK);
          expect_same(expected);
          ASSERT_TRUE(cpp.value().encode_pair(kText, kOther, same, expected[0]).ok());
          ASSERT_EQ(linnet_encode_pair(c, kText.data(), kText.size(), kOther.data(), kOther.size(), &options, out),
                    LINNET_OK);
          expect_same(expected);
          const std::vector<std::string_view> words = {"the", "", "na\xC3\xAFve ing"};
          const std::vector<const char*> texts = {words[0].data(), nullptr, words[2].data()};
          const std::vector<size_t> bytes = {words[0].size(), 0, words[2].size()};
          ASSERT_TRUE(cpp.value().encode_words(words, same, expected[0]).ok());
          ASSERT_EQ(linnet_encode_words(c, texts.data(), bytes.data(), 3, &options, out), LINNET_OK);
          expect_same(expected);
          if (max_length == 0) continue;
          ASSERT_TRUE(cpp.value().encode_windows(kText, same, expected).ok());
          ASSERT_EQ(linnet_encode_windows(c, kText.data(), kText.size(), nullptr, 0, &options, out), LINNET_OK);
          EXPECT_GT(expected.size(), 2u);
          expect_same(expected);
          ASSERT_TRUE(cpp.value().encode_windows(kOther, kText, same, expected).ok());
          ASSERT_EQ(linnet_encode_windows(c, kOther.data(), kOther.size(), kText.data(), kText.size(), &options, out),
                    LINNET_OK);
          expect_same(expected);
        }
      }
    }
  }
}

TEST_F(CTokenizer, VocabularyAndCount) {
  EXPECT_EQ(linnet_vocabulary_size(c), cpp.value().info().vocab_size);
  EXPECT_EQ(linnet_tokenizer_fingerprint(c), cpp.value().info().fingerprint);
  size_t bytes = 0;
  for (int32_t id = -1; id <= static_cast<int32_t>(linnet_vocabulary_size(c)); ++id) {
    const char* token = linnet_token(c, id, &bytes);
    EXPECT_EQ(std::string_view(token == nullptr ? "" : token, bytes), cpp.value().token(id));
    if (token == nullptr) continue;
    EXPECT_EQ(linnet_token_id(c, token, bytes), id);
  }
  EXPECT_EQ(linnet_token_id(c, "no such token", 13), -1);
  uint64_t count = 0;
  ASSERT_EQ(linnet_count_tokens(c, kText.data(), kText.size(), nullptr, &count), LINNET_OK);
  ASSERT_EQ(linnet_encode(c, kText.data(), kText.size(), nullptr, out), LINNET_OK);
  EXPECT_EQ(count, linnet_encoding_at(out, 0).size);
  EXPECT_GT(count, 10u);
}

TEST_F(CTokenizer, DecodesIntoWhatRoomThereIs) {
  ASSERT_EQ(linnet_encode(c, kText.data(), kText.size(), nullptr, out), LINNET_OK);
  const linnet_encoding encoding = linnet_encoding_at(out, 0);
  for (const int skip : {0, 1}) {
    for (const int clean_up : {-1, 0, 1}) {
      DecodeOptions options{.skip_special_tokens = skip != 0};
      if (clean_up >= 0) options.clean_up = clean_up != 0;
      const std::string expected = cpp.value().decode({encoding.ids, encoding.size}, options);
      size_t bytes = 0;
      ASSERT_EQ(linnet_decode(c, encoding.ids, encoding.size, skip, clean_up, nullptr, 0, &bytes), LINNET_OK);
      ASSERT_EQ(bytes, expected.size());
      for (const size_t capacity : {bytes, bytes / 2}) {
        const std::unique_ptr<char[]> text(new char[capacity]);  // no byte more, for the sanitizer
        ASSERT_EQ(linnet_decode(c, encoding.ids, encoding.size, skip, clean_up, text.get(), capacity, &bytes),
                  LINNET_OK);
        EXPECT_EQ(bytes, expected.size());
        EXPECT_EQ(std::string_view(text.get(), capacity), std::string_view(expected).substr(0, capacity));
      }
    }
  }
}

TEST_F(CTokenizer, OffsetsInOtherUnits) {
  const std::string text = "\xF0\x9F\x98\x80 na\xC3\xAFve";
  uint32_t offsets[] = {0, 4, 5, 11, 0, 0};
  ASSERT_EQ(linnet_convert_offsets(text.data(), text.size(), LINNET_UTF16, offsets, 3), LINNET_OK);
  EXPECT_EQ(std::vector<uint32_t>(offsets, offsets + 6), (std::vector<uint32_t>{0, 2, 3, 8, 0, 0}));
  uint32_t points[] = {0, 4, 5, 11};
  ASSERT_EQ(linnet_convert_offsets(text.data(), text.size(), LINNET_CODEPOINT, points, 2), LINNET_OK);
  EXPECT_EQ(std::vector<uint32_t>(points, points + 4), (std::vector<uint32_t>{0, 1, 2, 7}));
}

TEST_F(CTokenizer, OffsetsBeyondTheTextBecomeItsEnd) {
  uint32_t offsets[] = {0, 9, 4, 4294967295u, 3, 3};
  ASSERT_EQ(linnet_convert_offsets("a\xC3\xA9", 3, LINNET_CODEPOINT, offsets, 3), LINNET_OK);
  EXPECT_EQ(std::vector<uint32_t>(offsets, offsets + 6), (std::vector<uint32_t>{0, 2, 2, 2, 2, 2}));
}

TEST_F(CTokenizer, WhatIsRefused) {
  linnet_tokenizer* none = c;
  EXPECT_EQ(linnet_tokenizer_open("/nowhere", &none), LINNET_NOT_FOUND);
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(std::string(linnet_error_text()).find("/nowhere"), std::string::npos);
  EXPECT_EQ(linnet_tokenizer_open(nullptr, &none), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_tokenizer_of_model(nullptr, &none), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_encode(nullptr, "a", 1, nullptr, out), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_encode(c, "a", 1, nullptr, nullptr), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_encode(c, nullptr, 1, nullptr, out), LINNET_INVALID_ARGUMENT);
  linnet_tokenize_options options = {};
  options.truncation = 3;
  EXPECT_EQ(linnet_encode(c, "a", 1, &options, out), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "truncation is 3, expected 0, 1 or 2");
  options = {};
  options.max_length = 1;
  const auto gone_after = [&](int failed) {  // not even those of the call before stay
    EXPECT_EQ(failed, LINNET_INVALID_ARGUMENT);
    EXPECT_EQ(linnet_num_encodings(out), 0u);
    ASSERT_EQ(linnet_encode(c, "a", 1, nullptr, out), LINNET_OK);
  };
  ASSERT_EQ(linnet_encode(c, "a", 1, nullptr, out), LINNET_OK);
  gone_after(linnet_encode(nullptr, "a", 1, nullptr, out));
  gone_after(linnet_encode(c, nullptr, 1, nullptr, out));
  EXPECT_STREQ(linnet_error_text(), "text is NULL");
  gone_after(linnet_encode_pair(c, "a", 1, nullptr, 1, nullptr, out));
  gone_after(linnet_encode_words(c, nullptr, nullptr, 1, nullptr, out));
  gone_after(linnet_encode_windows(c, nullptr, 1, nullptr, 0, nullptr, out));
  EXPECT_EQ(linnet_encode(c, "a", 1, &options, out), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_num_encodings(out), 0u);  // not those of the call before
  uint64_t count = 1;
  EXPECT_EQ(linnet_count_tokens(c, nullptr, 1, nullptr, &count), LINNET_INVALID_ARGUMENT);
  size_t bytes = 1;
  EXPECT_EQ(linnet_decode(c, nullptr, 1, 0, 0, nullptr, 0, &bytes), LINNET_INVALID_ARGUMENT);
  uint32_t offsets[2] = {0, 1};
  EXPECT_EQ(linnet_convert_offsets("a", 1, 3, offsets, 1), LINNET_INVALID_ARGUMENT);
  linnet_tokenizer_close(nullptr);
  linnet_encodings_free(nullptr);
}

}  // namespace
}  // namespace linnet
