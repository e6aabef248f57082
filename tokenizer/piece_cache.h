// tokenizer/piece_cache.h - the pieces of words seen before, so that a word is cut once. One for a thread.
//
// A cached word is one that has exactly these bytes, so the cache changes the time and nothing else. Its size is
// fixed: a word takes the place of another one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/word_key.h"

namespace linnet::tokenizer {

constexpr size_t kLongestCached = 16;  // bytes of a word
constexpr size_t kMostCached = 10;     // pieces of a word

struct CachedWord {
  uint64_t start, rest;  // its bytes, zero-padded
  uint64_t owner;        // the tables it was cut with, in bits 8-63; kHasPlaces; how many pieces. 0: free
  uint32_t pieces[kMostCached];  // id, then in 4 bits each where it begins in the word and its size less 1
};
static_assert(sizeof(CachedWord) == 64);
constexpr uint64_t kHasPlaces = 1u << 7;
constexpr uint32_t kPieceId = (1u << 24) - 1;

class PieceCache {
 public:
  static constexpr size_t kSlots = 16384;  // 1 MB

  // The two slots in which a word can be: where it is looked for first, and the other one. The first one is
  // null while the cache does not exist yet, because few words have been looked up.
  struct Place {
    CachedWord *first, *second;
    uint64_t start, rest;  // the word's

    // A zero looks like 0xFF in the copy of a text (split_runs.h), so words that have either are not cached.
    bool can_be_put() const { return !has_ff(start) && !has_ff(rest); }
  };
  // Of the word of `size` <= 16 bytes at `p`, where 16 bytes can be read.
  Place place_of(const char* p, size_t size) {
    if (slots_.empty()) {
      if (++lookups_ < 256) return {};
      slots_.resize(kSlots);
    }
    constexpr uint64_t kAll = ~uint64_t{0};
    const uint64_t start = load_8_bytes(p) & (size >= 8 ? kAll : kAll >> (64 - 8 * size));
    const uint64_t rest = size <= 8 ? 0 : load_8_bytes(p + 8) & kAll >> (128 - 8 * size);
    uint64_t hash = (start ^ rest * 0xC2B2AE3D27D4EB4F) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 32;
    hash *= 0x9E3779B97F4A7C15;
    const size_t at = hash >> 50;
    return {&slots_[at], &slots_[at ^ 1], start, rest};
  }

 private:
  static bool has_ff(uint64_t x) {  // ~x has a zero byte
    return ((~x - 0x0101010101010101) & x & 0x8080808080808080) != 0;
  }
  static_assert(kSlots == 1 << (64 - 50));
  std::vector<CachedWord> slots_;
  uint32_t lookups_ = 0;
};

}  // namespace linnet::tokenizer
