// tools/token_format.h - how the tokens of a text are written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/tokenizer.h"

namespace linnet::tools {

struct TokenFormat {
  linnet::OffsetUnit unit = linnet::OffsetUnit::kCodepoint;
  bool pair = false;      // type_ids too
  bool masks = false;     // type_ids and special_tokens_mask too
  bool words = false;     // the text is a list of words (string_list.h): offsets are into each
  bool windows = false;   // "windows": [{...}, ...] instead of one text's fields
};

// JSON members, each with ", " before it: ids, tokens, offsets, word_ids and what the format asks for.
void append_tokens_json(const Tokenizer& tokenizer, const TokenFormat& format, std::string_view text,
                        std::string_view pair, std::span<const Encoding> encodings, std::string& out);

// Their names.
std::vector<std::string> token_members(const TokenFormat& format);

// A line: the ids, or the tokens, with spaces between them.
void append_ids_line(const Encoding& encoding, std::string& out);
void append_tokens_line(const Tokenizer& tokenizer, const Encoding& encoding, std::string& out);

// Rows of .npy, int64: text, id, begin, end, word (-1: none), type. begin and end in the format's unit.
constexpr uint64_t kTokenColumns = 6;
void append_token_rows(const TokenFormat& format, uint64_t index, std::string_view text,
                       std::string_view pair, const Encoding& encoding, std::string& out);

}  // namespace linnet::tools
