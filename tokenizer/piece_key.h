// tokenizer/piece_key.h - how a piece of text is looked up: 8 bytes at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {

// Bytes that piece_key() may read behind the piece; their values do not matter.
constexpr size_t kKeyPadding = 8;

struct PieceKey {
  uint64_t hash;
  uint64_t start;  // the first 8 bytes, zero-padded
  uint32_t tag;    // as in Slot
};

inline uint64_t load_8_bytes(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

inline PieceKey piece_key(const char* p, size_t size) {
  const auto mix = [](uint64_t x) {
    x *= 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
    return x ^ x >> 32;
  };
  const auto first_bytes = [](uint64_t word, size_t n) {  // 1 <= n <= 8
    return word & ~uint64_t{0} >> (64 - 8 * n);
  };
  const uint64_t start = size == 0 ? 0 : first_bytes(load_8_bytes(p), std::min<size_t>(size, 8));
  uint64_t hash = mix(start + size);
  for (size_t at = 8; at < size; at += 8) {
    const size_t n = std::min<size_t>(size - at, 8);
    hash = mix(hash ^ first_bytes(load_8_bytes(p + at), n));
  }
  const auto length = static_cast<uint32_t>(std::min<size_t>(size, 255));
  return {hash, start, static_cast<uint32_t>(hash >> 40) << 8 | length};
}

// Of text that nothing may be read behind.
inline PieceKey copied_piece_key(std::string_view text) {
  std::string copy(text);
  copy.append(kKeyPadding, '\0');
  return piece_key(copy.data(), text.size());
}

}  // namespace linnet::tokenizer
