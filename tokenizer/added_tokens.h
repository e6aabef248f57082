// tokenizer/added_tokens.h - finds added tokens in a text, as the reference's AddedVocabulary::find_matches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {

// Added tokens that are looked for together. Their bounds are those of `bytes`: view_tables() checked.
struct AddedTokenSet {
  std::span<const AddedToken> tokens;      // by the first byte looked for, the longest first
  std::span<const char> bytes;
  std::array<uint32_t, 257> first_of{};    // first_of[b] .. first_of[b + 1]: those that start with byte b
  int only_start = -1;                     // that byte, when all have the same
  std::array<bool, 256> goes_on{};         // whether some token has this byte second, or has no second one

  // REQUIRES: `tokens` are in that order.
  static AddedTokenSet of(std::span<const AddedToken> tokens, std::span<const char> bytes);

  std::string_view looked_for(const AddedToken& token) const {
    return {bytes.data() + token.match_begin, token.match_size};
  }
};

struct AddedMatch {
  size_t begin, end;  // in the text, whitespace that the token takes included
  const AddedToken* token;
};

// The added tokens of one text, from left to right: leftmost, then longest, without overlap.
class AddedTokenFinder {
 public:
  AddedTokenFinder(const AddedTokenSet& set, std::string_view text, bool match_special)
      : set_(set), text_(text), match_special_(match_special) {}

  // False: there are no more.
  bool next(AddedMatch& match);

 private:
  const AddedToken* find_next(size_t& begin);
  bool stands_alone(size_t begin, size_t end) const;

  const AddedTokenSet& set_;
  std::string_view text_;
  bool match_special_;
  size_t at_ = 0;       // where to look on
  size_t covered_ = 0;  // where the last match ends, with its whitespace
};

// Bytes of whitespace at the start and at the end of `text`.
size_t leading_space(std::string_view text);
size_t trailing_space(std::string_view text);

}  // namespace linnet::tokenizer
