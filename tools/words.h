// tools/words.h - a text that comes as a list of words, carried as one string.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::tools {

// Words are UTF-8, in which this byte is nowhere.
constexpr char kWordEnd = '\xff';

inline void append_word(std::string_view word, std::string& text) {
  text.append(word).push_back(kWordEnd);
}

// Views of the text.
inline std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(kWordEnd, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace linnet::tools
