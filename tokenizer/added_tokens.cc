#include "tokenizer/added_tokens.h"

#include <algorithm>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {

AddedTokenSet AddedTokenSet::of(std::span<const AddedToken> tokens, std::span<const char> bytes) {
  AddedTokenSet set{.tokens = tokens, .bytes = bytes};
  size_t starts = 0, at = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    set.first_of[byte] = static_cast<uint32_t>(at);
    const size_t before = at;
    while (at < tokens.size() && static_cast<uint8_t>(set.looked_for(tokens[at])[0]) == byte) ++at;
    if (at == before) continue;
    ++starts;
    set.only_start = static_cast<int>(byte);
  }
  set.first_of[256] = static_cast<uint32_t>(at);
  if (starts != 1) set.only_start = -1;
  for (const AddedToken& token : tokens) {
    const std::string_view text = set.looked_for(token);
    if (text.size() == 1) set.goes_on.fill(true);
    if (text.size() > 1) set.goes_on[static_cast<uint8_t>(text[1])] = true;
  }
  return set;
}

size_t leading_space(std::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    const Decoded decoded = decode_utf8(text.substr(size));
    if (!is_whitespace(decoded.scalar)) break;
    size += decoded.size;
  }
  return size;
}

size_t trailing_space(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    const Decoded decoded = decode_last_utf8(text.substr(0, end));
    if (!is_whitespace(decoded.scalar)) break;
    end -= decoded.size;
  }
  return text.size() - end;
}

// The next one from `begin` on, flags aside. Null: there is none.
const AddedToken* AddedTokenFinder::find_next(size_t& begin) {
  const auto start = static_cast<char>(set_.only_start);
  for (; begin < text_.size(); ++begin) {
    if (set_.only_start >= 0 && text_[begin] != start) {
      begin = text_.find(start, begin);
      if (begin == std::string_view::npos) break;
    }
    if (begin + 1 < text_.size() && !set_.goes_on[static_cast<uint8_t>(text_[begin + 1])]) continue;
    const auto byte = static_cast<uint8_t>(text_[begin]);
    for (size_t i = set_.first_of[byte]; i < set_.first_of[byte + size_t{1}]; ++i) {
      const std::string_view wanted = set_.looked_for(set_.tokens[i]);
      if (text_.substr(begin, wanted.size()) == wanted) return &set_.tokens[i];
    }
  }
  return nullptr;
}

bool AddedTokenFinder::stands_alone(size_t begin, size_t end) const {
  const bool joined_left = begin > 0 && is_word_part(decode_last_utf8(text_.substr(0, begin)).scalar);
  const bool joined_right = end < text_.size() && is_word_part(decode_utf8(text_.substr(end)).scalar);
  return !joined_left && !joined_right;
}

bool AddedTokenFinder::next(AddedMatch& match) {
  if (set_.tokens.empty()) return false;
  while (true) {
    size_t begin = at_;
    const AddedToken* token = find_next(begin);
    if (token == nullptr) {
      at_ = text_.size();
      return false;
    }
    size_t end = begin + token->match_size;
    at_ = end;  // also behind one that its flags forbid
    if ((token->flags & kSpecialToken) != 0 && !match_special_) continue;
    if ((token->flags & kSingleWord) != 0 && !stands_alone(begin, end)) continue;
    if ((token->flags & kStripLeft) != 0) {
      // Not what the match before took already.
      begin = std::max(begin - trailing_space(text_.substr(0, begin)), covered_);
    }
    if ((token->flags & kStripRight) != 0) end += leading_space(text_.substr(end));
    covered_ = end;
    match = {begin, end, token};
    return true;
  }
}

}  // namespace linnet::tokenizer
