// tools/utf8.h - walks UTF-8 that may be wrong, one character or one wrong sequence at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace linnet::tools {

struct Utf8Step {
  size_t length;  // bytes, at least 1
  bool valid;     // false: a wrong sequence, to be read as one U+FFFD
};

// The step at the start of `text`. A wrong sequence is the longest start of a well-formed one
// (Unicode 15, section 3.9, "maximal subpart"), as Python and the web read it.
// REQUIRES: text is not empty.
Utf8Step utf8_step(std::string_view text);

// How many wrong sequences there are.
size_t count_wrong_utf8(std::string_view text);

// Replaces each wrong sequence by U+FFFD. How many there were.
size_t repair_utf8(std::string& text);

// As much of `text` as `columns` characters, on one line: control characters become spaces.
std::string one_line(std::string_view text, size_t columns);

}  // namespace linnet::tools
