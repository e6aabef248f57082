// tokenizer/byte_span.h - a place in a text.
#pragma once

#include <cstdint>

namespace linnet::tokenizer {

struct ByteSpan {
  uint32_t begin;  // bytes into the original text
  uint32_t end;
};

}  // namespace linnet::tokenizer
