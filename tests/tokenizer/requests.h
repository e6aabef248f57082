// tests/tokenizer/requests.h - tokenizers and requests with the reference's answers, as tests/golden/tokenizer's scripts
// write them, through the public API.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/tokenizer.h"
#include "tests/temp_dir.h"

namespace linnet::tests {

using nlohmann::json;

// Each character of `text` is a byte.
inline std::string bytes_of(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<uint8_t>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else {
      bytes += static_cast<char>((lead & 3) << 6 | (static_cast<uint8_t>(text[++i]) & 0x3F));
    }
  }
  return bytes;
}

inline json shape(const Encoding& encoding) {
  json places = json::array();
  for (const Encoding::Span& span : encoding.offsets) {
    places.push_back(span.begin);
    places.push_back(span.end);
  }
  return {encoding.ids, places, encoding.word_ids, encoding.type_ids, encoding.sequence_ids};
}

inline json answer(const Tokenizer& tokenizer, const json& request) {
  const std::string kind = request["kind"];
  if (kind == "decode") {
    return tokenizer.decode(request["ids"].get<std::vector<int32_t>>(),
                            {.skip_special_tokens = request["special"], .clean_up = request["clean"].get<bool>()});
  }
  const TokenizeOptions options{.max_length = request["max_length"],
                                .add_special_tokens = request["special"],
                                .match_special_tokens = request["match"],
                                .truncation = static_cast<Truncation>(request["strategy"].get<int>()),
                                .truncate_left = request["left"],
                                .stride = request["stride"]};
  std::vector<std::string> texts;
  for (const json& text : request["texts"]) texts.push_back(bytes_of(text));
  std::vector<Encoding> encodings(1);
  Status status;
  if (kind == "text") status = tokenizer.encode(texts[0], options, encodings[0]);
  if (kind == "pair") status = tokenizer.encode_pair(texts[0], texts[1], options, encodings[0]);
  if (kind == "windows") status = tokenizer.encode_windows(texts[0], options, encodings);
  if (kind == "pair windows") status = tokenizer.encode_windows(texts[0], texts[1], options, encodings);
  if (kind == "words") {
    const std::vector<std::string_view> words(texts.begin(), texts.end());
    status = tokenizer.encode_words(words, options, encodings[0]);
  }
  if (!status.ok()) return "error";
  json shapes = json::array();
  for (const Encoding& encoding : encodings) shapes.push_back(shape(encoding));
  return shapes;
}

// All requests of a golden file, or those of the rules whose names begin so; `least`: how many there are at least.
inline void compare_all(const std::string& name, size_t least, const std::string& rule = "") {
  const TempDir dir;
  std::optional<Tokenizer> tokenizer;
  std::string file = read_file(LINNET_SOURCE_DIR "/tests/golden/tokenizer/" + name);
  size_t cases = 0;
  json described;  // the tokenizer of the requests that follow
  for (size_t begin = 0; begin < file.size();) {
    const size_t end = file.find('\n', begin);
    const json line = json::parse(file.substr(begin, end - begin));
    begin = end + 1;
    if (line.contains("tokenizer")) {
      described = line["tokenizer"];
      tokenizer.reset();
      continue;
    }
    if (!rule.empty() && line["rule"].get<std::string>().rfind(rule, 0) != 0) continue;
    if (!tokenizer) {
      write_file(dir / "tokenizer.json", described.dump());
      auto opened = Tokenizer::open(dir / "tokenizer.json");
      ASSERT_TRUE(opened.ok()) << opened.status().message;
      tokenizer = opened.value();
    }
    EXPECT_EQ(answer(*tokenizer, line), line["answer"]) << line.dump();
    ++cases;
  }
  EXPECT_GE(cases, least);
}

}  // namespace linnet::tests
