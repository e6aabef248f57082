// tokenizer/utf8.h - UTF-8 to scalars and back. What is no UTF-8 is read as U+FFFD, one for each maximal
// subpart (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace linnet::tokenizer {

struct Decoded {
  uint32_t scalar;
  uint32_t size;  // bytes read, at least 1
  bool valid;
};

// Reads the first scalar of `text`, which is not empty.
inline Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  // The least and the largest second byte (Unicode table 3-7), and how many follow.
  uint32_t scalar = 0;
  uint8_t low = 0x80, high = 0xBF;
  uint32_t following = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    following = 1;
    scalar = lead & 0x1Fu;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    following = 2;
    scalar = lead & 0x0Fu;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    following = 3;
    scalar = lead & 0x07u;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {0xFFFD, 1, false};
  }
  for (uint32_t i = 1; i <= following; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {0xFFFD, i, false};
    scalar = scalar << 6 | (byte(i) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {scalar, following + 1, true};
}

// The last scalar of `text`, which is not empty: of what is no UTF-8, U+FFFD and one byte.
inline Decoded decode_last_utf8(std::string_view text) {
  for (size_t size = 4; size > 1; --size) {
    if (text.size() < size) continue;
    const Decoded decoded = decode_utf8(text.substr(text.size() - size));
    if (decoded.valid && decoded.size == size) return decoded;
  }
  return decode_utf8(text.substr(text.size() - 1));
}

// Writes 1 to 4 bytes; returns how many.
inline size_t encode_utf8(uint32_t scalar, char* to) {
  const auto put = [&](size_t i, uint32_t byte) { to[i] = static_cast<char>(byte); };
  if (scalar < 0x80) {
    put(0, scalar);
    return 1;
  }
  if (scalar < 0x800) {
    put(0, 0xC0 | scalar >> 6);
    put(1, 0x80 | (scalar & 0x3F));
    return 2;
  }
  if (scalar < 0x10000) {
    put(0, 0xE0 | scalar >> 12);
    put(1, 0x80 | (scalar >> 6 & 0x3F));
    put(2, 0x80 | (scalar & 0x3F));
    return 3;
  }
  put(0, 0xF0 | scalar >> 18);
  put(1, 0x80 | (scalar >> 12 & 0x3F));
  put(2, 0x80 | (scalar >> 6 & 0x3F));
  put(3, 0x80 | (scalar & 0x3F));
  return 4;
}

}  // namespace linnet::tokenizer
