// tools/file_suffix.h - what the end of a file's name says, in upper or lower case.
#pragma once

#include <string>
#include <string_view>

namespace linnet::tools {

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& character : lower) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return lower;
}

// `suffix` in lower case, with its dot.
inline bool has_suffix(std::string_view path, std::string_view suffix) {
  return path.size() >= suffix.size() && lower_case(path.substr(path.size() - suffix.size())) == suffix;
}

// Behind the last dot, in lower case; "": there is none.
inline std::string suffix_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : lower_case(name.substr(dot + 1));
}

}  // namespace linnet::tools
