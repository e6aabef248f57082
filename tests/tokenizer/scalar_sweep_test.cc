// Every Unicode scalar with a vocabulary that tells all of them apart, in six settings, against Hugging Face
// `tokenizers` (tests/golden/tokenizer/make_scalar_sweep.py).
#include <gtest/gtest.h>

#include <map>

#include "engine/sha256.h"
#include "tests/engine/embed_all.h"
#include "tokenizer/build_tables.h"
#include "tokenizer/utf8.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

struct Setting {
  bool lowercase, strip_accents, handle_chinese_chars, clean_text;
};
const std::map<std::string, Setting> kSettings = {
    {"uncased", {true, true, true, true}},
    {"cased", {false, false, true, true}},
    {"uncased with accents", {true, false, true, true}},
    {"cased without accents", {false, true, true, true}},
    {"unclean", {true, true, true, false}},
    {"unclean, cased, Chinese in words", {false, false, false, false}},
};

std::string utf8(uint32_t scalar) {
  char bytes[4];
  return {bytes, encode_utf8(scalar, bytes)};
}

bool is_surrogate(uint32_t scalar) { return scalar >= 0xD800 && scalar < 0xE000; }

TokenizerSpec spec_of(const Setting& setting) {
  TokenizerSpec spec;
  spec.lowercase = setting.lowercase;
  spec.strip_accents = setting.strip_accents;
  spec.handle_chinese_chars = setting.handle_chinese_chars;
  spec.clean_text = setting.clean_text;
  spec.vocab = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (uint32_t scalar = 0; scalar < 0xF0000; ++scalar) {
    if (is_surrogate(scalar) || (scalar >= 0x40000 && scalar < 0xE0000)) continue;
    spec.vocab.push_back(utf8(scalar));
    spec.vocab.push_back("##" + utf8(scalar));
  }
  set_bert_templates(spec, 2, 3);
  return spec;
}

std::string hash_of_all(const WordPiece& wordpiece, const std::string& pattern) {
  const size_t hole = pattern.find("{}");
  std::vector<int32_t> packed, ids(16), words(16);
  std::vector<ByteSpan> spans(16);
  Scratch scratch;
  for (uint32_t scalar = 0; scalar < 0x110000; ++scalar) {
    if (is_surrogate(scalar)) continue;
    std::string text = pattern;
    text.replace(hole, 2, utf8(scalar));
    const EncodeResult result = wordpiece.encode(
        text, {.add_special_tokens = false},
        {.ids = ids.data(), .spans = spans.data(), .word_ids = words.data(), .capacity = ids.size()},
        scratch);
    packed.push_back(static_cast<int32_t>(result.num_tokens));
    const auto count = static_cast<ptrdiff_t>(result.num_tokens);
    packed.insert(packed.end(), ids.begin(), ids.begin() + count);
    for (size_t i = 0; i < result.num_tokens; ++i) {
      packed.push_back(static_cast<int32_t>(spans[i].begin));
      packed.push_back(static_cast<int32_t>(spans[i].end));
    }
    packed.insert(packed.end(), words.begin(), words.begin() + count);
  }
  return engine::sha256_hex({std::as_bytes(std::span(packed))});
}

TEST(ScalarSweep, EveryScalarInEverySetting) {
  std::string open_name;
  std::vector<std::byte> tables;
  size_t rows = 0;
  for (const std::string& row :
       tests::read_lines(LINNET_SOURCE_DIR "/tests/golden/tokenizer/scalar_sweep.tsv")) {
    const size_t first = row.find('\t'), second = row.find('\t', first + 1);
    const std::string name = row.substr(0, first), pattern = row.substr(first + 1, second - first - 1);
    if (name != open_name) {
      auto built = build_tables(spec_of(kSettings.at(name)), name);
      ASSERT_TRUE(built.ok()) << built.status().message;
      tables = std::move(built.value());
      open_name = name;
    }
    const auto wordpiece = WordPiece::from_tables(tables, name);
    ASSERT_TRUE(wordpiece.ok()) << wordpiece.status().message;
    EXPECT_EQ(hash_of_all(wordpiece.value(), pattern), row.substr(second + 1)) << name << " " << pattern;
    ++rows;
  }
  EXPECT_EQ(rows, 3 * kSettings.size());
}

}  // namespace
}  // namespace linnet::tokenizer
