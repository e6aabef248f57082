// tokenizer/piece_cache.h - the pieces of words seen before, so that a word is cut once. One for a thread.
//
// A cached word is one that has exactly these bytes, so the cache changes the time and nothing else. Its size is
// bounded: a word takes the place of another one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "tokenizer/word_key.h"

namespace linnet::tokenizer {

constexpr size_t kLongestCached = 32;  // bytes of a word
constexpr size_t kMostCached = 20;     // pieces of a word

// The bytes of a word, zero-padded.
struct CacheKey {
  uint64_t bytes[4];
  bool is_long;  // more than 16 bytes
};

// One cache line for a word: most are short and have few pieces. What does not fit stands in a second line.
struct CachedWord {
  uint64_t bytes[2];
  uint64_t owner;  // the tables it was cut with, in bits 8-63; kHasPlaces; how many pieces
  static constexpr size_t kPieces = 9;
  uint32_t pieces[kPieces];  // id, then in 5 bits each where it begins in the word and its size less 1
  uint32_t more;             // which second line; kNoMore
};
struct MoreOfWord {
  uint64_t bytes[2];
  static constexpr size_t kPieces = 11;
  uint32_t pieces[kPieces];
  uint32_t of;  // which word it belongs to: lines are reused
};
static_assert(sizeof(CachedWord) == 64 && sizeof(MoreOfWord) == 64);
static_assert(CachedWord::kPieces + MoreOfWord::kPieces == kMostCached && sizeof(CacheKey::bytes) == kLongestCached);
constexpr uint64_t kHasPlaces = 1u << 7;
constexpr uint32_t kPieceIdBits = 22;  // a word that has a larger id is not cached
constexpr uint32_t kPieceId = (1u << kPieceIdBits) - 1;
constexpr uint32_t kNoMore = ~0u;

class PieceCache {
 public:
  // A word can be in any slot of one set. A set's tags, a byte of each word's hash, are one load: no line is
  // touched for a word that is not there, and one for a word that is.
  static constexpr size_t kWays = 8;
  static constexpr size_t kSets = 2048;
  static constexpr size_t kSlots = kSets * kWays;  // 1 MB, and 16 KB of tags
  static constexpr size_t kMoreSlots = 8192;       // 512 KB

  // Not before many words were looked up: a short text does without.
  bool exists() {
    if (words_ != nullptr) [[likely]] return true;
    if (++lookups_ < 256) return false;
    memory_.reset(std::calloc((kSlots + kMoreSlots + 1) * kLine + kSlots, 1));
    if (memory_ == nullptr) return false;
    const auto address = reinterpret_cast<uintptr_t>(memory_.get());
    words_ = reinterpret_cast<CachedWord*>((address + kLine - 1) / kLine * kLine);
    more_ = reinterpret_cast<MoreOfWord*>(words_ + kSlots);
    tags_ = reinterpret_cast<uint64_t*>(more_ + kMoreSlots);
    return true;
  }

  // Of the word of `size` <= 32 bytes at `p`, where 32 bytes can be read.
  static CacheKey key_of(const char* p, size_t size) {
    const auto part = [&](size_t from) {
      constexpr uint64_t kAll = ~uint64_t{0};
      if (size <= from) return uint64_t{0};
      return load_8_bytes(p + from) & (size >= from + 8 ? kAll : kAll >> (64 - 8 * (size - from)));
    };
    if (size <= 16) [[likely]] return {{part(0), part(8), 0, 0}, false};
    return {{part(0), part(8), part(16), part(24)}, true};
  }

  // A zero looks like 0xFF in the copy of a text (split_runs.h), so words that have either are not cached.
  static bool can_be_put(const CacheKey& key) {
    return std::ranges::all_of(key.bytes, [](uint64_t x) { return zero_bytes(~x) == 0; });
  }

  // Where the word of this key and owner is, or goes.
  struct Place {
    bool found;
    uint32_t slot;
    uint8_t tag;
    const CachedWord* word;  // null unless found
    const MoreOfWord* more;  // null: all of it is in `word`
  };
  template <bool kPlaces>
  Place find(const CacheKey& key, uint64_t owner) {
    constexpr uint64_t kOwner = ~(kPlaces ? uint64_t{0x7F} : uint64_t{0xFF});
    const uint64_t hash = hash_of(key);
    const size_t set = hash >> 53;
    const auto tag = static_cast<uint8_t>(std::max<uint64_t>(hash >> 45 & 0xFF, 1));  // 0: free
    const uint64_t tags = tags_[set];
    for (uint64_t same = zero_bytes(tags ^ tag * kOnes); same != 0; same &= same - 1) {
      const auto slot = static_cast<uint32_t>(set * kWays) + static_cast<uint32_t>(std::countr_zero(same)) / 8;
      const CachedWord& word = words_[slot];
      if (((word.bytes[0] ^ key.bytes[0]) | (word.bytes[1] ^ key.bytes[1]) |
           ((word.owner ^ owner) & kOwner)) != 0) {
        continue;
      }
      if (word.more == kNoMore) {
        if (!key.is_long) return {true, slot, tag, &word, nullptr};
        continue;
      }
      const MoreOfWord& more = more_[word.more];
      if (more.of == slot && more.bytes[0] == key.bytes[2] && more.bytes[1] == key.bytes[3]) {
        return {true, slot, tag, &word, &more};
      }
    }
    const uint64_t free = zero_bytes(tags);
    // Replaced in turn, not the oldest first: a text that is read again and again and has too many words for
    // a set would find none of them.
    const uint32_t way = free != 0 ? static_cast<uint32_t>(std::countr_zero(free)) / 8 : turn_++ % kWays;
    const uint32_t slot = static_cast<uint32_t>(set * kWays) + way;
    __builtin_prefetch(&words_[slot], 1);  // comes while the word is cut
    return {false, slot, tag, nullptr, nullptr};
  }

  // Puts a word where find() did not find it. `pieces` as CachedWord has them, at most kMostCached.
  void put(const Place& place, const CacheKey& key, uint64_t owner, std::span<const uint32_t> pieces) {
    uint64_t& tags = tags_[place.slot / kWays];
    const size_t shift = place.slot % kWays * 8;
    tags = (tags & ~(uint64_t{0xFF} << shift)) | uint64_t{place.tag} << shift;
    CachedWord& word = words_[place.slot];
    word = {{key.bytes[0], key.bytes[1]}, owner | pieces.size(), {}, kNoMore};
    const auto first = pieces.first(std::min(pieces.size(), CachedWord::kPieces));
    std::ranges::copy(first, word.pieces);
    if (!key.is_long && pieces.size() == first.size()) return;
    word.more = next_more_++ % kMoreSlots;
    MoreOfWord& more = more_[word.more];
    more = {{key.bytes[2], key.bytes[3]}, {}, place.slot};
    std::ranges::copy(pieces.subspan(first.size()), more.pieces);
  }

 private:
  static constexpr size_t kLine = 64;
  static constexpr uint64_t kOnes = 0x0101010101010101;
  // Bit 7 of each byte that is zero, and perhaps of bytes above one that is.
  static uint64_t zero_bytes(uint64_t x) { return (x - kOnes) & ~x & (kOnes << 7); }

  static uint64_t hash_of(const CacheKey& key) {
    constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
    uint64_t hash = (key.bytes[0] ^ key.bytes[1] * 0xC2B2AE3D27D4EB4F) * kGolden;
    if (key.is_long) hash = (hash ^ hash >> 32 ^ key.bytes[2] ^ key.bytes[3] * 0xC2B2AE3D27D4EB4F) * kGolden;
    hash ^= hash >> 32;
    return hash * kGolden;
  }
  static_assert(kSets == 1 << (64 - 53));

  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  CachedWord* words_ = nullptr;
  MoreOfWord* more_ = nullptr;
  uint64_t* tags_ = nullptr;  // of a set: byte i belongs to its slot i
  uint32_t lookups_ = 0, turn_ = 0, next_more_ = 0;
};

}  // namespace linnet::tokenizer
