#include "tools/offsets.h"

#include "tools/utf8.h"

namespace linnet::tools {

uint64_t OffsetConverter::convert(size_t byte_offset) {
  if (unit_ == OffsetUnit::kByte || byte_offset == 0) return byte_offset;
  if (byte_offset < byte_) {
    byte_ = 0;
    count_ = 0;
  }
  while (byte_ < byte_offset) {
    const Utf8Step step = utf8_step(text_.substr(byte_));
    if (byte_ + step.length > byte_offset) break;
    byte_ += step.length;
    // Four bytes of UTF-8 are a surrogate pair in UTF-16.
    count_ += unit_ == OffsetUnit::kUtf16 && step.valid && step.length == 4 ? 2 : 1;
  }
  return count_;
}

}  // namespace linnet::tools
