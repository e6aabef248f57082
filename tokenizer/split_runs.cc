#include "tokenizer/split_runs.h"

namespace linnet::tokenizer {

size_t split_runs(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                  uint16_t* ends, uint64_t* other) {
  const uint8_t* const class_of = classes + offsetof(ByteClasses, classes);
  const uint8_t* const becomes = classes + offsetof(ByteClasses, becomes);
  size_t count = 0;
  bool open = false;  // in a run that may go on
  for (size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const uint8_t kind = class_of[byte];
    copy[i] = static_cast<char>(becomes[byte]);
    if (i % 64 == 0) other[i / 64] = 0;
    other[i / 64] |= uint64_t{(kind & ByteClasses::kOther) != 0} << (i % 64);
    // No branches: where words end is hard to foresee.
    const bool alone = (kind & ByteClasses::kAlone) != 0;
    const bool solid = (kind & (ByteClasses::kAlone | ByteClasses::kSpace)) == 0;
    ends[count] = static_cast<uint16_t>(i);
    count += open && !solid ? 1 : 0;
    begins[count] = open && solid ? begins[count] : static_cast<uint16_t>(i);
    ends[count] = static_cast<uint16_t>(i + 1);
    count += alone ? 1 : 0;
    open = solid;
  }
  if (open) ends[count++] = static_cast<uint16_t>(size);
  return count;
}

}  // namespace linnet::tokenizer
