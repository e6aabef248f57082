#include "tokenizer/train_vocab.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

using Id = uint32_t;

struct Pair {
  Id first, second;
  bool operator==(const Pair&) const = default;
  bool operator<(const Pair& other) const {
    return first != other.first ? first < other.first : second < other.second;
  }
};

// Numbers pairs from 0 in the order in which they are met: a hash table with linear probing, at most half full.
class PairNumbers {
 public:
  // Of a new pair: how many there were.
  uint32_t of(Pair pair) {
    if (2 * size_ >= slots_.size()) grow();
    Slot& slot = slots_[place_of(pair)];
    if (slot.number == kFree) slot = {pair, size_++};
    return slot.number;
  }

 private:
  static constexpr uint32_t kFree = ~uint32_t{0};
  struct Slot {
    Pair pair;
    uint32_t number;
  };

  size_t place_of(Pair pair) const {
    uint64_t x = (uint64_t{pair.first} << 32 | pair.second) * 0x9E3779B97F4A7C15;
    size_t at = static_cast<size_t>(x ^ x >> 29) & (slots_.size() - 1);
    while (slots_[at].number != kFree && !(slots_[at].pair == pair)) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Slot> before(2 * slots_.size(), Slot{{0, 0}, kFree});
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.number != kFree) slots_[place_of(slot.pair)] = slot;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1024, Slot{{0, 0}, kFree});
  uint32_t size_ = 0;
};

// A pair to be merged in the words of a list of places. One pair may stand in the queue several times, for words
// that it came into later.
struct Candidate {
  uint64_t count;
  Pair pair;
  uint32_t places;  // which list
};
struct Later {  // the most frequent first, of equal ones the one of smaller ids
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.count != b.count ? a.count < b.count : b.pair < a.pair;
  }
};

std::string utf8_of(uint32_t scalar) {
  char bytes[4];
  return std::string(bytes, encode_utf8(scalar, bytes));
}

std::vector<uint32_t> scalars_of(std::string_view text) {
  std::vector<uint32_t> scalars;
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = decode_utf8(text.substr(at));
    scalars.push_back(decoded.scalar);
    at += decoded.size;
  }
  return scalars;
}

using Words = std::vector<std::pair<std::vector<uint32_t>, uint64_t>>;  // scalars, and how often

class Trainer {
 public:
  Trainer(const WordCounts& counts, const VocabSettings& settings) : settings_(settings) {
    for (const std::string& token : settings.special_tokens) id_of(token);
    Words words;
    for (const auto& [word, count] : counts.words()) words.emplace_back(scalars_of(word), count);
    std::sort(words.begin(), words.end());  // so that nothing hangs on the order of a hash table
    add_alphabet(words);
    add_continuing(words);
    read_words(words);
  }

  std::vector<std::string> run() {
    count_pairs();
    while (tokens_.size() < settings_.vocab_size && has_candidate()) {
      std::pop_heap(queue_.begin(), queue_.end(), Later());
      Candidate top = queue_.back();
      queue_.pop_back();
      const auto now = static_cast<uint64_t>(state_of(top.pair).count);
      if (top.count != now) {
        top.count = now;
        push(top);
        continue;
      }
      if (top.count < 1 || top.count < settings_.min_frequency) break;
      merge(top);
    }
    return std::move(tokens_);
  }

 private:
  Id id_of(const std::string& token) {
    const auto [at, is_new] = ids_.emplace(token, static_cast<Id>(tokens_.size()));
    if (is_new) tokens_.push_back(token);
    return at->second;
  }

  // Every character of the words, or the most frequent ones: of equally frequent ones those of lower code
  // points, where the reference takes any.
  void add_alphabet(const Words& words) {
    std::vector<uint64_t> frequency(kScalars);
    for (const auto& [scalars, count] : words) {
      for (const uint32_t scalar : scalars) frequency[scalar] += count;
    }
    for (const uint32_t scalar : settings_.initial_alphabet) {
      frequency[scalar] = std::numeric_limits<uint64_t>::max();
    }
    std::vector<std::pair<uint32_t, uint64_t>> kept;
    for (uint32_t scalar = 0; scalar < kScalars; ++scalar) {
      if (frequency[scalar] > 0) kept.emplace_back(scalar, frequency[scalar]);
    }
    if (settings_.limit_alphabet && kept.size() > *settings_.limit_alphabet) {
      std::stable_sort(kept.begin(), kept.end(),
                       [](const auto& a, const auto& b) { return a.second > b.second; });
      kept.resize(*settings_.limit_alphabet);
      std::sort(kept.begin(), kept.end());
    }
    for (const auto& [scalar, count] : kept) id_of(utf8_of(scalar));
  }

  bool in_alphabet(uint32_t scalar) const { return ids_.contains(utf8_of(scalar)); }

  void add_continuing(const Words& words) {
    std::vector<bool> inside(kScalars);
    for (const auto& [scalars, count] : words) {
      for (size_t i = 1; i < scalars.size(); ++i) inside[scalars[i]] = true;
    }
    std::set<std::string> tokens;
    for (uint32_t scalar = 0; scalar < kScalars; ++scalar) {
      if (inside[scalar] && in_alphabet(scalar)) tokens.insert(settings_.continuing_prefix + utf8_of(scalar));
    }
    for (const std::string& token : settings_.continuing_order) {
      if (tokens.erase(token) > 0) id_of(token);
    }
    for (const std::string& token : tokens) id_of(token);  // UTF-8 sorts as code points do
  }

  void read_words(const Words& words) {
    std::unordered_map<uint32_t, std::pair<int64_t, int64_t>> known;  // a scalar's id at the start and inside
    const auto ids_of = [&](uint32_t scalar) {
      const auto [at, is_new] = known.try_emplace(scalar, -1, -1);
      if (is_new) {
        const std::string text = utf8_of(scalar);
        const auto start = ids_.find(text), inside = ids_.find(settings_.continuing_prefix + text);
        if (start != ids_.end()) at->second.first = start->second;
        if (start != ids_.end() && inside != ids_.end()) at->second.second = inside->second;
      }
      return at->second;
    };
    begins_.push_back(0);
    for (const auto& [scalars, count] : words) {
      for (size_t i = 0; i < scalars.size(); ++i) {
        const auto [start, inside] = ids_of(scalars[i]);
        const int64_t id = i == 0 ? start : inside;
        if (id >= 0) symbols_.push_back(static_cast<Id>(id));
      }
      begins_.push_back(symbols_.size());
      sizes_.push_back(static_cast<uint32_t>(symbols_.size() - begins_[begins_.size() - 2]));
      counts_.push_back(static_cast<int64_t>(count));
    }
  }

  struct PairState {
    int64_t count = 0;
    std::vector<uint32_t> places;  // words that it came into since the queue was filled last
  };

  PairState& state_of(Pair pair) {
    const uint32_t number = numbers_.of(pair);
    if (number == states_.size()) states_.emplace_back();
    return states_[number];
  }

  void count_change(Pair pair, int64_t change, uint32_t word) {
    PairState& state = state_of(pair);
    state.count += change * counts_[word];
    if (change < 0) return;
    if (state.places.empty()) touched_.push_back(pair);
    if (state.places.empty() || state.places.back() != word) state.places.push_back(word);
  }

  void push(const Candidate& candidate) {
    if (candidate.count < settings_.min_frequency && !rare_are_queued_) return rare_.push_back(candidate);
    queue_.push_back(candidate);
    std::push_heap(queue_.begin(), queue_.end(), Later());
  }

  bool has_candidate() {
    if (queue_.empty() && !rare_are_queued_) {
      rare_are_queued_ = true;
      queue_.swap(rare_);
      std::make_heap(queue_.begin(), queue_.end(), Later());
    }
    return !queue_.empty();
  }

  void queue_touched() {
    for (const Pair& pair : touched_) {
      PairState& state = state_of(pair);
      if (state.count > 0) {
        push({static_cast<uint64_t>(state.count), pair, static_cast<uint32_t>(places_.size())});
        places_.push_back(std::move(state.places));
      }
      state.places = {};
    }
    touched_.clear();
  }

  void count_pairs() {
    for (uint32_t word = 0; word < sizes_.size(); ++word) {
      const Id* symbols = symbols_.data() + begins_[word];
      for (uint32_t i = 0; i + 1 < sizes_[word]; ++i) count_change({symbols[i], symbols[i + 1]}, 1, word);
    }
    queue_touched();
  }

  // The pair's own count stays as it is, as in the reference.
  void merge(const Candidate& top) {
    std::string_view second = tokens_[top.pair.second];
    if (second.starts_with(settings_.continuing_prefix)) {
      second.remove_prefix(settings_.continuing_prefix.size());
    }
    const Id merged = id_of(tokens_[top.pair.first] + std::string(second));
    const std::vector<uint32_t> places = std::move(places_[top.places]);
    for (const uint32_t word : places) merge_in(word, top.pair, merged);
    queue_touched();
  }

  void merge_in(uint32_t word, Pair pair, Id merged) {
    Id* symbols = symbols_.data() + begins_[word];
    uint32_t size = sizes_[word], to = 0;
    for (uint32_t from = 0; from < size; ++to) {
      if (symbols[from] != pair.first || from + 1 == size || symbols[from + 1] != pair.second) {
        symbols[to] = symbols[from++];
        continue;
      }
      if (to > 0) {
        count_change({symbols[to - 1], pair.first}, -1, word);
        count_change({symbols[to - 1], merged}, 1, word);
      }
      if (from + 2 < size) {
        count_change({pair.second, symbols[from + 2]}, -1, word);
        count_change({merged, symbols[from + 2]}, 1, word);
      }
      symbols[to] = merged;
      from += 2;
    }
    sizes_[word] = to;
  }

  const VocabSettings& settings_;
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, Id> ids_;
  std::vector<Id> symbols_;       // of word w: sizes_[w] from begins_[w] on
  std::vector<size_t> begins_;
  std::vector<uint32_t> sizes_;
  std::vector<int64_t> counts_;
  PairNumbers numbers_;
  std::vector<PairState> states_;  // by number
  std::vector<Pair> touched_;
  std::vector<std::vector<uint32_t>> places_;  // lists of words
  std::vector<Candidate> queue_;  // a heap
  // Of fewer than min_frequency: kept out of the heap, which they would make slow, until nothing else is left.
  std::vector<Candidate> rare_;
  bool rare_are_queued_ = false;
};

}  // namespace

std::vector<std::string> train_vocab(const WordCounts& counts, const VocabSettings& settings) {
  return Trainer(counts, settings).run();
}

}  // namespace linnet::tokenizer
