// kernels/generic/split_runs.h - text to runs of bytes, over a tier's class masks of 64 bytes.
//
// The tier has included kernels/ISA/byte_classifier.h before: struct ByteClassifier, made from the classes, with
//   ByteMasks block(const char* text, char* copy) const;
// and uint16_t* write_places(uint64_t mask, size_t first, uint16_t* to), which writes first + i for each bit i of
// `mask`, in order, and may write 16 values more; it returns the end of the first ones.
#pragma once

#include "kernels/generic/byte_masks.h"

namespace linnet::kernels {
namespace {

size_t split_runs(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                  uint16_t* ends, uint64_t* other) {
  const ByteClassifier classifier(classes);
  const auto block = [&](size_t at) -> ByteMasks {
    if (at + 64 <= size) return classifier.block(text + at, copy + at);
    char last[64] = {};  // nothing is read behind the text
    ByteMasks masks = {0, 0, 0};
    if (at < size) {
      for (size_t i = 0; i < size - at; ++i) last[i] = text[at + i];
      masks = classifier.block(last, copy + at);
      const uint64_t inside = ~uint64_t{0} >> (64 - (size - at));
      masks = {masks.solid & inside, masks.alone & inside, masks.other & inside};
    }
    return masks;
  };
  uint16_t *begin = begins, *end = ends;
  uint64_t before = 0;  // was the last byte solid?
  ByteMasks now = block(0);
  for (size_t at = 0; at < size; at += 64) {
    const ByteMasks after = block(at + 64);
    other[at / 64] = now.other;
    begin = write_places((now.solid & ~(now.solid << 1 | before)) | now.alone, at, begin);
    end = write_places((now.solid & ~(now.solid >> 1 | after.solid << 63)) | now.alone, at + 1, end);
    before = now.solid >> 63;
    now = after;
  }
  return static_cast<size_t>(begin - begins);
}

}  // namespace
}  // namespace linnet::kernels
