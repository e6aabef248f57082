// A perfect hash by displacement (Fox et al. 1992; Belazzougui, Botelho, Dietzfelbinger 2009): words fall
// into small buckets, and each bucket, the fullest first, is displaced until all its words are on free slots.
#include "tokenizer/build_words.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>

#include "tokenizer/word_key.h"

namespace linnet::tokenizer {
namespace {

WordKey key_of(const std::string& word) {
  char bytes[16] = {};
  std::memcpy(bytes, word.data(), word.size());
  return word_key(bytes, word.size());
}

// None: some bucket fits nowhere.
std::optional<WordTable> place_all(const std::vector<std::pair<std::string, int32_t>>& words,
                                   size_t num_slots, size_t num_buckets, uint64_t seed) {
  WordTable table{std::vector<WordSlot>(num_slots, {0, 0, -1}), std::vector<uint16_t>(num_buckets), seed};
  std::vector<std::vector<size_t>> buckets(num_buckets);
  for (size_t i = 0; i < words.size(); ++i) {
    buckets[word_hash(key_of(words[i].first), seed).bucket & (num_buckets - 1)].push_back(i);
  }
  std::vector<size_t> order(num_buckets);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buckets[a].size() > buckets[b].size(); });
  std::vector<size_t> places;
  for (const size_t bucket : order) {
    bool placed = buckets[bucket].empty();
    for (size_t displacement = 0; !placed && displacement < num_slots && displacement < 65536;
         ++displacement) {
      places.clear();
      placed = true;
      for (const size_t i : buckets[bucket]) {
        const size_t place =
            (word_hash(key_of(words[i].first), seed).place + displacement) & (num_slots - 1);
        placed = table.slots[place].id < 0 &&
                 std::find(places.begin(), places.end(), place) == places.end();
        if (!placed) break;
        places.push_back(place);
      }
      if (!placed) continue;
      table.displacements[bucket] = static_cast<uint16_t>(displacement);
      for (size_t i = 0; i < places.size(); ++i) {
        const auto& [word, id] = words[buckets[bucket][i]];
        const WordKey key = key_of(word);
        table.slots[places[i]] = {key.start, key.rest, id};
      }
    }
    if (!placed) return std::nullopt;
  }
  return table;
}

}  // namespace

WordTable build_words(const std::vector<std::pair<std::string, int32_t>>& words) {
  size_t num_slots = std::bit_ceil(words.size() + words.size() / 8 + 1);
  for (uint64_t seed = 0x9FB21C651E98DF25;; seed = seed * 0xD6E8FEB86659FD93 + 2, num_slots *= 2) {
    const size_t num_buckets = std::bit_ceil(words.size() / 4 + 1);
    for (int tries = 0; tries < 4; ++tries, seed = seed * 0xD6E8FEB86659FD93 + 2) {
      auto table = place_all(words, num_slots, num_buckets, seed);
      if (table) return std::move(*table);
    }
  }
}

}  // namespace linnet::tokenizer
