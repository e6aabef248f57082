// tools/words.h - what --words means, wherever it is given: a text is words already, and none is joined to the next.
//
// In JSON Lines the field may be a list, whose strings are the words, whatever they hold. Any other text is words
// between single spaces; two spaces have an empty word between them. So the words joined again are the text.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "tools/string_list.h"

namespace linnet::tools {

// A list of string_list.h.
inline std::string split_words(std::string_view text) {
  std::string words;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    append_item(text.substr(begin, end - begin), words);
    begin = end + 1;
  }
  return words;
}

inline std::string join_words(std::string_view words) {
  std::string text;
  bool first = true;
  for (const std::string_view word : items_of(words)) {
    text.append(first ? "" : " ").append(word);
    first = false;
  }
  return text;
}

}  // namespace linnet::tools
