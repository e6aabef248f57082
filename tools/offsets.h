// tools/offsets.h - byte offsets into a text as the unit the user counts in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace linnet::tools {

enum class OffsetUnit { kByte, kCodepoint, kUtf16 };

// Converts offsets of one text; those that do not go backwards cost one pass together.
// A wrong UTF-8 sequence counts as the one U+FFFD it is read as.
class OffsetConverter {
 public:
  OffsetConverter(std::string_view text, OffsetUnit unit) : text_(text), unit_(unit) {}

  // An offset inside a character counts as the character's start. REQUIRES: within the text.
  uint64_t convert(size_t byte_offset);

 private:
  std::string_view text_;
  OffsetUnit unit_;
  size_t byte_ = 0;     // how far the text has been walked,
  uint64_t count_ = 0;  // and how many units that were
};

}  // namespace linnet::tools
