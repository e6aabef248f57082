// tokenizer/split_runs.h - text to runs of bytes between ASCII spaces and punctuation.
//
// The one part of encoding that needs vector instructions. They do not live in this room: whoever opens a
// tokenizer may hand it a faster function of the same type, with the same results.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::tokenizer {

// Which ASCII bytes are what. The sets are disjoint; byte h << 4 | l is in one when bit h of its row l is set.
struct ByteClasses {
  uint8_t spaces[16];
  uint8_t alone[16];      // a word of its own
  uint8_t plain[16];      // part of a word, as itself or as `becomes` says
  uint8_t to_lower;       // what is added to A-Z: 0 or 0x20
  // The same by byte, for code without vectors.
  enum : uint8_t { kSpace = 1, kAlone = 2, kOther = 4 };  // kOther: in no set; not ASCII, for one
  uint8_t classes[256];
  uint8_t becomes[256];   // 0xFF for 0, so that a zero is never part of a text
};

// A run is a byte that stands alone, or all bytes between two that are spaces or stand alone. Returns how many
// there are in `size` <= 65,472 bytes of `text`: run i is the bytes [begins[i], ends[i]), and both arrays
// have room for 16 more. copy [size, rounded up to 64]: what the bytes become. Bit i of other[b]: byte
// 64 b + i is kOther. `classes` is a ByteClasses, as bytes. Nothing is read outside the text.
using SplitRuns = size_t (*)(const uint8_t* classes, const char* text, size_t size, char* copy,
                             uint16_t* begins, uint16_t* ends, uint64_t* other);

// In plain C++, for any CPU.
size_t split_runs(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                  uint16_t* ends, uint64_t* other);

}  // namespace linnet::tokenizer
