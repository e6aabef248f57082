// tokenizer/word_key.h - how a short word is looked up whole: its bytes are the key, and one hash tells the
// one slot where it can stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {

constexpr size_t kLongestKey = 12;  // bytes

struct WordKey {
  uint64_t start;  // the first 8 bytes, zero-padded
  uint32_t rest;   // the next 4, zero-padded
};

inline uint64_t load_8_bytes(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

// Of the `size` bytes at `p`, of which 16 can be read. A longer word than a key holds has a key that no
// word has: its bytes are no UTF-8.
inline WordKey word_key(const char* p, size_t size) {
  constexpr uint64_t kAll = ~uint64_t{0};
  struct Masks {
    uint64_t start[kLongestKey + 2], rest[kLongestKey + 2], set[kLongestKey + 2];
  };
  static constexpr Masks kMasks = [] {
    Masks masks = {};
    for (size_t n = 1; n <= kLongestKey; ++n) {
      masks.start[n] = n >= 8 ? kAll : kAll >> (64 - 8 * n);
      masks.rest[n] = n <= 8 ? 0 : kAll >> (64 - 8 * (n - 8));
    }
    masks.set[kLongestKey + 1] = kAll;
    return masks;
  }();
  const size_t n = size > kLongestKey ? kLongestKey + 1 : size;
  return {(load_8_bytes(p) & kMasks.start[n]) | kMasks.set[n],
          static_cast<uint32_t>(load_8_bytes(p + 8) & kMasks.rest[n])};
}

struct WordHash {
  uint32_t place;   // the slot, before it is displaced
  uint32_t bucket;  // the words that are displaced together
};

inline WordHash word_hash(const WordKey& key, uint64_t seed) {
  uint64_t x = (key.start ^ (key.rest + uint64_t{1}) * 0xC2B2AE3D27D4EB4F) * seed;
  x ^= x >> 32;
  x *= 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
  return {static_cast<uint32_t>(x >> 40), static_cast<uint32_t>(x >> 24) & 0xFFFFF};
}

}  // namespace linnet::tokenizer
