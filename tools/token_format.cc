#include "tools/token_format.h"

#include <vector>

#include "tools/json_text.h"
#include "tools/string_list.h"

namespace linnet::tools {
namespace {

// ["a", "b"] or a b: `append` writes element i.
template <typename Append>
void append_list(size_t n, const char* open, const char* between, const char* close,
                 std::string& out, Append append) {
  out.append(open);
  for (size_t i = 0; i < n; ++i) {
    if (i > 0) out.append(between);
    append(i);
  }
  out.append(close);
}

// In the unit of the format, each token's in its own text or word.
std::vector<Encoding::Span> places(const TokenFormat& format, std::string_view text, std::string_view pair,
                                   const Encoding& encoding) {
  std::vector<Encoding::Span> result = encoding.offsets;
  const std::vector<std::string_view> words =
      format.words ? items_of(text) : std::vector<std::string_view>();
  // The tokens of one text, and of one word, follow each other.
  const auto together = [&](size_t a, size_t b) {
    return encoding.sequence_ids[a] == encoding.sequence_ids[b] &&
           (!format.words || encoding.word_ids[a] == encoding.word_ids[b]);
  };
  for (size_t begin = 0; begin < result.size();) {
    size_t end = begin;
    while (end < result.size() && together(begin, end)) ++end;
    const std::span<Encoding::Span> part(result.data() + begin, end - begin);
    if (encoding.sequence_ids[begin] >= 0) {
      std::string_view whole = encoding.sequence_ids[begin] == 0 ? text : pair;
      if (format.words) whole = words[static_cast<size_t>(encoding.word_ids[begin])];
      convert_offsets(whole, format.unit, part);
    }
    begin = end;
  }
  return result;
}

void append_one(const Tokenizer& tokenizer, const TokenFormat& format, std::string_view text,
                std::string_view pair, const Encoding& tokens, const char* before, std::string& out) {
  const size_t n = tokens.ids.size();
  out.append(before);
  append_list(n, "\"ids\": [", ", ", "]", out, [&](size_t i) { append_integer(tokens.ids[i], out); });
  append_list(n, ", \"tokens\": [", ", ", "]", out, [&](size_t i) {
    append_json_string(tokenizer.token(tokens.ids[i]), out);
  });
  const std::vector<Encoding::Span> offsets = places(format, text, pair, tokens);
  append_list(n, ", \"offsets\": [", ", ", "]", out, [&](size_t i) {
    out.append("[");
    append_integer(offsets[i].begin, out);
    out.append(", ");
    append_integer(offsets[i].end, out);
    out.append("]");
  });
  append_list(n, ", \"word_ids\": [", ", ", "]", out, [&](size_t i) {
    if (tokens.word_ids[i] < 0) {
      out.append("null");
    } else {
      append_integer(tokens.word_ids[i], out);
    }
  });
  if (format.pair || format.masks) {
    append_list(n, ", \"type_ids\": [", ", ", "]", out,
                [&](size_t i) { append_integer(tokens.type_ids[i], out); });
  }
  if (format.masks) {
    append_list(n, ", \"special_tokens_mask\": [", ", ", "]", out,
                [&](size_t i) { out.append(tokens.sequence_ids[i] < 0 ? "1" : "0"); });
  }
}

void append_number(int64_t value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));  // x86-64 is little-endian
}

}  // namespace

void append_tokens_json(const Tokenizer& tokenizer, const TokenFormat& format, std::string_view text,
                        std::string_view pair, std::span<const Encoding> encodings, std::string& out) {
  if (!format.windows) return append_one(tokenizer, format, text, pair, encodings[0], ", ", out);
  append_list(encodings.size(), ", \"windows\": [", ", ", "]", out, [&](size_t i) {
    append_one(tokenizer, format, text, pair, encodings[i], "{", out);
    out.append("}");
  });
}

std::vector<std::string> token_members(const TokenFormat& format) {
  if (format.windows) return {"windows"};
  std::vector<std::string> names = {"ids", "tokens", "offsets", "word_ids"};
  if (format.pair || format.masks) names.push_back("type_ids");
  if (format.masks) names.push_back("special_tokens_mask");
  return names;
}

void append_ids_line(const Encoding& encoding, std::string& out) {
  append_list(encoding.ids.size(), "", " ", "\n", out,
              [&](size_t i) { append_integer(encoding.ids[i], out); });
}

void append_tokens_line(const Tokenizer& tokenizer, const Encoding& encoding, std::string& out) {
  append_list(encoding.ids.size(), "", " ", "\n", out,
              [&](size_t i) { out.append(tokenizer.token(encoding.ids[i])); });
}

void append_token_rows(const TokenFormat& format, uint64_t index, std::string_view text,
                       std::string_view pair, const Encoding& encoding, std::string& out) {
  const std::vector<Encoding::Span> offsets = places(format, text, pair, encoding);
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    append_number(static_cast<int64_t>(index), out);
    append_number(encoding.ids[i], out);
    append_number(offsets[i].begin, out);
    append_number(offsets[i].end, out);
    append_number(encoding.word_ids[i], out);
    append_number(encoding.type_ids[i], out);
  }
}

}  // namespace linnet::tools
