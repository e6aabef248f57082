// Ids, places and words against Hugging Face `tokenizers` (tests/golden/tokenizer/make_token_hashes.py).
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/sha256.h"
#include "tests/engine/embed_all.h"
#include "tests/requirements.h"
#include "tests/temp_dir.h"
#include "tests/tokenizer/tokenizer_from.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/";

// What the golden script hashes of one text: count, ids, begin and end, words.
void pack(const tests::OpenTokenizer& tokenizer, std::string_view text, std::vector<int32_t>& packed) {
  const tests::Tokens tokens = tokenizer.encode(text);
  packed.push_back(static_cast<int32_t>(tokens.ids.size()));
  packed.insert(packed.end(), tokens.ids.begin(), tokens.ids.end());
  for (const ByteSpan& span : tokens.spans) {
    packed.push_back(static_cast<int32_t>(span.begin));
    packed.push_back(static_cast<int32_t>(span.end));
  }
  packed.insert(packed.end(), tokens.words.begin(), tokens.words.end());
}

std::string hash_of(const std::vector<int32_t>& packed) {
  return engine::sha256_hex({std::as_bytes(std::span(packed))});
}

std::vector<std::string> split(const std::string& row, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= row.size();) {
    const size_t end = std::min(row.find(separator, begin), row.size());
    parts.push_back(row.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

TEST(Reference, TrickyCases) {
  size_t cases = 0;
  std::map<std::string, tests::OpenTokenizer> tokenizers;
  for (const std::string& line : tests::read_lines(kGolden + "tokenizer/tricky_cases.jsonl")) {
    const auto json = nlohmann::json::parse(line);
    const auto model = json["model"].get<std::string>();
    const auto& tokenizer = tokenizers.try_emplace(model, kGolden + model).first->second;
    const tests::Tokens found = tokenizer.encode(json["text"].get<std::string>());
    const std::string name = model + ": " + json["case"].get<std::string>();
    EXPECT_EQ(found.ids, json["ids"].get<std::vector<int32_t>>()) << name;
    EXPECT_EQ(found.words, json["words"].get<std::vector<int32_t>>()) << name;
    std::vector<std::vector<uint32_t>> spans;
    for (const ByteSpan& span : found.spans) spans.push_back({span.begin, span.end});
    EXPECT_EQ(spans, json["spans"].get<std::vector<std::vector<uint32_t>>>()) << name;
    ++cases;
  }
  EXPECT_GE(cases, 100u);
}

TEST(Reference, EveryScalar) {
  for (const std::string& row : tests::read_lines(kGolden + "tokenizer/scalar_hashes.tsv")) {
    const auto parts = split(row, '\t');
    ASSERT_EQ(parts.size(), 3u) << row;
    const tests::OpenTokenizer tokenizer(kGolden + parts[0]);
    const size_t hole = parts[1].find("{}");
    std::vector<int32_t> packed;
    for (uint32_t scalar = 0; scalar < 0x110000; ++scalar) {
      if (scalar >= 0xD800 && scalar <= 0xDFFF) continue;
      char utf8[4];
      std::string text = parts[1];
      text.replace(hole, 2, utf8, encode_utf8(scalar, utf8));
      pack(tokenizer, text, packed);
    }
    EXPECT_EQ(hash_of(packed), parts[2]) << parts[0] << " " << parts[1];
  }
}

TEST(Reference, EverySharedText) {
  const auto shared = tests::shared_dir();
  if (!shared) return tests::skip_or_fail("shared");
  std::string open_name;
  std::optional<tests::OpenTokenizer> tokenizer;
  for (const std::string& row : tests::read_lines(kGolden + "tokenizer/token_hashes.tsv")) {
    const auto parts = split(row, '\t');
    ASSERT_EQ(parts.size(), 4u) << row;
    if (parts[0] != open_name) {
      const std::string folder = *shared + "/data/vocabs/" + parts[0];
      const tests::TempDir dir;
      if (parts[0] == "bert-base-japanese") {  // its configuration asks for MeCab: the vocabulary alone
        tests::write_file(dir / "vocab.txt", tests::read_file(folder + "/vocab.txt"));
        tests::write_file(dir / "tokenizer_config.json", R"({"do_lower_case": false})");
      }
      tokenizer.emplace(parts[0] == "bert-base-japanese" ? dir.path() : folder);
      open_name = parts[0];
    }
    const std::string text = tests::read_file(*shared + "/data/text/" + parts[1]);
    const auto lines = split(text, '\n');
    EXPECT_EQ(std::to_string(lines.size()), parts[2]) << parts[1];
    std::vector<int32_t> packed;
    for (const std::string& line : lines) pack(*tokenizer, line, packed);
    EXPECT_EQ(hash_of(packed), parts[3]) << parts[0] << " " << parts[1];
  }
}

}  // namespace
}  // namespace linnet::tokenizer
