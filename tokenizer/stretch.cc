// One pass over a stretch of text. Where it is ASCII, 64 bytes at a time become masks, masks become words,
// and most words are tokens that one look finds. Everything else is read character by character.
#include "tokenizer/stretch.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tokenizer/canonical_order.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_key.h"
#include "tokenizer/word_walk.h"

namespace linnet::tokenizer {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kChunk = 16 * kBlock;  // bytes that are split into runs at once
constexpr size_t kMostMarks = 4096;     // of a run, that are room to keep
constexpr size_t kLongRun = 256;        // bytes of a run that is not split off twice

// kPlaces: spans or word ids are asked for.
template <bool kPlaces>
class Encoder {
 public:
  Encoder(const TablesView& tables, std::string_view text, size_t begin, size_t end, Scratch& scratch,
          TokenSink& sink)
      : tables_(tables), steps_(tables.steps.data()), text_(text), begin_(begin), end_(end),
        most_(tables.header->max_chars_per_word), s_(scratch), sink_(sink) {
    if (s_.places.size() < most_) {  // the last one: without memory for it the next text comes here again
      s_.ids.resize(most_);
      s_.ends.resize(most_);
      s_.places.resize(most_);
    }
  }

  void run() {
    for (size_t at = begin_; at < end_ && !sink_.full;) at = chunk(at);
  }

 private:
  // ---- ASCII -----------------------------------------------------------------------------------------

  struct Runs {
    alignas(64) char copy[kChunk + kLongestCached];  // of the text, in lower case where that is asked for
    uint16_t begins[kChunk + 16], ends[kChunk + 16];
    uint64_t other[kChunk / kBlock];     // bytes that are read character by character
    bool any_other;
    size_t count;
  };

  size_t chunk(size_t at) {
    Runs runs;
    const size_t size = std::min(end_ - at, kChunk);
    runs.count = tables_.split_runs(reinterpret_cast<const uint8_t*>(&tables_.ascii), text_.data() + at,
                                    size, runs.copy, runs.begins, runs.ends, runs.other);
    uint64_t any_other = 0;
    for (size_t block = 0; block * kBlock < size; ++block) any_other |= runs.other[block];
    runs.any_other = any_other != 0;

    if (runs.count == 0) return at + size;
    if (at + size == end_ || runs.ends[runs.count - 1] < size || is_alone(at + size - 1)) {
      words(at, runs);
      return at + size;
    }
    // The last run may go on: it comes first in the next chunk, unless it is very long.
    const size_t begin = runs.begins[--runs.count];
    words(at, runs);
    if (size - begin > kLongRun && !sink_.full) return characters(at + begin);
    return at + begin;
  }

  bool is_alone(size_t at) const {
    return tables_.ascii.classes[static_cast<uint8_t>(text_[at])] == ByteClasses::kAlone;
  }

  void words(size_t at, const Runs& runs) {
    constexpr size_t kAhead = 32;  // words whose slots are fetched before the first is looked at
    struct Probe {
      WordKey key;
      const WordSlot* slot;
    };
    Probe probes[kAhead];
    const WordSlot* const slots = tables_.word_slots.data();
    const uint16_t* const displacements = tables_.displacements.data();
    const size_t slot_mask = tables_.word_slots.size() - 1;
    const size_t bucket_mask = tables_.displacements.size() - 1;
    const uint64_t seed = tables_.header->word_seed;
    for (size_t first = 0; first < runs.count; first += kAhead) {
      const size_t count = std::min(kAhead, runs.count - first);
      for (size_t i = 0; i < count; ++i) {
        const size_t begin = runs.begins[first + i];
        const WordKey key = word_key(runs.copy + begin, runs.ends[first + i] - begin);
        const WordHash hash = word_hash(key, seed);
        const WordSlot* const slot =
            slots + ((hash.place + displacements[hash.bucket & bucket_mask]) & slot_mask);
        __builtin_prefetch(slot);
        probes[i] = {key, slot};
      }
      for (size_t i = 0; i < count; ++i) {
        const Probe& probe = probes[i];
        const size_t begin = runs.begins[first + i], end = runs.ends[first + i];
        if (probe.slot->start == probe.key.start && probe.slot->rest == probe.key.rest) [[likely]] {
          if (!add(probe.slot->id, at + begin, at + end)) return;
        } else {
          cut_run(at, runs, begin, end);
          if (sink_.full) return;
        }
      }
    }
  }

  // A run that is no token: from the cache, or into it.
  void cut_run(size_t at, const Runs& runs, size_t begin, size_t end) {
    const size_t size = end - begin;
    if (size > kLongestCached) return cut(at, runs, begin, end);
    if (!s_.cache.exists()) return cut(at, runs, begin, end);
    const CacheKey key = PieceCache::key_of(runs.copy + begin, size);
    const uint64_t owner = tables_.serial << 8 | (kPlaces ? kHasPlaces : 0);
    const PieceCache::Place place = s_.cache.find<kPlaces>(key, owner);
    if (place.found) return add_cached(place, at + begin);
    const size_t before = sink_.size, repaired = sink_.num_repaired;
    const int32_t word = sink_.next_word;
    cut(at, runs, begin, end);
    const size_t count = sink_.size - before;
    if (sink_.full || count > kMostCached || sink_.num_repaired != repaired) return;
    if (!PieceCache::can_be_put(key)) return;
    if constexpr (kPlaces) {
      if (sink_.out.spans == nullptr || sink_.next_word != word + 1) return;
    }
    uint32_t pieces[kMostCached];
    for (size_t i = 0; i < count; ++i) {
      pieces[i] = static_cast<uint32_t>(sink_.out.ids[before + i]);
      if (pieces[i] > kPieceId) return;
      if constexpr (kPlaces) {
        const ByteSpan span = sink_.out.spans[before + i];
        pieces[i] |= static_cast<uint32_t>(span.begin - (at + begin)) << kPieceIdBits |
                     (span.end - span.begin - 1) << (kPieceIdBits + 5);
      }
    }
    s_.cache.put(place, key, owner, {pieces, count});
  }

  void add_cached(const PieceCache::Place& place, size_t begin) {
    const size_t count = place.word->owner & 0x7F;
    const size_t room = sink_.room - sink_.size;
    const int32_t word = sink_.next_word;
    if constexpr (kPlaces) ++sink_.next_word;
    add_pieces(place.word->pieces, std::min(count, CachedWord::kPieces), begin, word);
    if (count > CachedWord::kPieces) {
      add_pieces(place.more->pieces, count - CachedWord::kPieces, begin, word);
    }
    sink_.full = count > room;
  }

  // As many of an array's pieces as have room.
  template <size_t kPieces>
  void add_pieces(const uint32_t (&pieces)[kPieces], size_t count, size_t begin, int32_t word) {
    const size_t room = sink_.room - sink_.size;
    int32_t* const ids = sink_.out.ids + sink_.size;
    count = std::min(count, room);
    if (room >= kPieces) {  // all of them at once; what is too much is overwritten
      for (size_t i = 0; i < kPieces; ++i) ids[i] = static_cast<int32_t>(pieces[i] & kPieceId);
    } else {
      for (size_t i = 0; i < count; ++i) ids[i] = static_cast<int32_t>(pieces[i] & kPieceId);
    }
    if constexpr (kPlaces) {
      for (size_t i = 0; i < count; ++i) {
        const size_t from = begin + (pieces[i] >> kPieceIdBits & 31);
        if (sink_.out.spans != nullptr) {
          sink_.out.spans[sink_.size + i] = span(from, (pieces[i] >> (kPieceIdBits + 5)) + 1);
        }
        if (sink_.out.word_ids != nullptr) sink_.out.word_ids[sink_.size + i] = word;
      }
    }
    sink_.size += count;
  }

  void cut(size_t at, const Runs& runs, size_t begin, size_t end) {
    if (runs.any_other && has_any(runs.other, begin, end)) {
      characters(at + begin);
    } else {
      ascii_word(at, runs.copy, begin, end);
    }
  }

  static bool has_any(const uint64_t* masks, size_t begin, size_t end) {
    for (size_t at = begin; at < end;) {
      const size_t in_block = std::min(kBlock - at % kBlock, end - at);
      if ((masks[at / kBlock] >> (at % kBlock) & (~uint64_t{0} >> (kBlock - in_block))) != 0) return true;
      at += in_block;
    }
    return false;
  }

  // A run of plain ASCII that is no token.
  void ascii_word(size_t at, const char* copy, size_t begin, size_t end) {
    const size_t size = end - begin;
    if (is_alone(at + begin)) {
      add(static_cast<int32_t>(payload_of(steps_[static_cast<uint8_t>(text_[at + begin])])), at + begin,
          at + end);
      return;
    }
    if (size > most_) {
      add(tables_.header->unk_id, at + begin, at + end);
      return;
    }
    auto walk = start_walk();
    bool known = true;
    for (size_t i = begin; known && i < end; ++i) {
      known = walk.step(payload_of(steps_[static_cast<uint8_t>(copy[i])]));
    }
    known = known && walk.finish();
    const size_t from = at + begin;
    add_word(walk, known, from, at + end, [&](uint32_t first, uint32_t last) {
      return ByteSpan{static_cast<uint32_t>(from + first), static_cast<uint32_t>(from + last)};
    });
  }

  // ---- tokens ----------------------------------------------------------------------------------------

  bool add(int32_t id, size_t begin, size_t end) {
    if constexpr (kPlaces) {
      return sink_.add(id, {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}, sink_.next_word++);
    }
    if (sink_.size == sink_.room) {
      sink_.full = true;
      return false;
    }
    sink_.out.ids[sink_.size++] = id;
    return true;
  }

  // Pieces go straight to their place where a whole word has room.
  WordWalk<kPlaces> start_walk() {
    const bool direct = sink_.room - sink_.size >= most_;
    return {tables_, direct ? sink_.out.ids + sink_.size : s_.ids.data(), s_.ends.data(), most_};
  }

  // The pieces of a word [begin, end); span_of(first, last) says where its symbols [first, last) stand.
  template <typename SpanOf>
  void add_word(const WordWalk<kPlaces>& walk, bool known, size_t begin, size_t end, SpanOf span_of) {
    if (!known) {
      add(tables_.header->unk_id, begin, end);
      return;
    }
    const size_t room = sink_.room - sink_.size;
    const size_t count = std::min(walk.pieces(), room);
    if (room < most_) std::copy_n(s_.ids.data(), count, sink_.out.ids + sink_.size);
    if constexpr (kPlaces) {
      const int32_t word = sink_.next_word++;
      uint32_t first = 0;
      for (size_t i = 0; i < count; ++i) {
        const uint32_t last = s_.ends[i];
        if (sink_.out.spans != nullptr) sink_.out.spans[sink_.size + i] = span_of(first, last);
        if (sink_.out.word_ids != nullptr) sink_.out.word_ids[sink_.size + i] = word;
        first = last;
      }
    }
    sink_.size += count;
    sink_.full = count < walk.pieces();
  }

  // ---- characters ------------------------------------------------------------------------------------

  // Reads from `at` to the next ASCII space or punctuation, or the end; returns where that is.
  size_t characters(size_t at) {
    const char* const text = text_.data();
    start_word();
    while (at < end_ && !sink_.full) {
      const auto lead = static_cast<uint8_t>(text[at]);
      uint32_t size = 1;
      Step step;
      if (lead < 0x80) {
        step = steps_[lead];
        const CharKind kind = kind_of(step);
        if (kind == CharKind::kSpace || kind == CharKind::kIsolated) break;
      } else if (lead >= 0xC2 && lead < 0xE0 && at + 1 < end_ && is_following(text[at + 1])) {
        step = steps_[(lead & 0x1Fu) << 6 | (static_cast<uint8_t>(text[at + 1]) & 0x3Fu)];
        size = 2;
      } else {
        const Decoded decoded = decode(at);
        size = decoded.size;
        step = tables_.step(decoded.scalar);
        if (kind_of(step) == CharKind::kHangul) {
          hangul(decoded.scalar, span(at, size));
          at += size;
          continue;
        }
      }
      if ((step & kReorderFlag) != 0) {
        at = marks(at);
        continue;
      }
      character(step, span(at, size));
      at += size;
    }
    finish_word();
    return at;
  }

  static bool is_following(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }
  static ByteSpan span(size_t at, size_t size) {
    return {static_cast<uint32_t>(at), static_cast<uint32_t>(at + size)};
  }

  Decoded decode(size_t at) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text_[at + i]); };
    if ((byte(0) & 0xF0) == 0xE0 && end_ - at >= 3 && is_following(text_[at + 1]) &&
        is_following(text_[at + 2])) {
      const uint32_t scalar = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
      if (scalar >= 0x800 && (scalar & 0xF800) != 0xD800) return {scalar, 3, true};
    }
    const Decoded decoded = decode_utf8(text_.substr(at, end_ - at));
    sink_.num_repaired += decoded.valid ? 0 : 1;
    return decoded;
  }

  void character(Step step, ByteSpan place) {
    switch (kind_of(step)) {
      case CharKind::kWord:
        return symbol(payload_of(step), place);
      case CharKind::kSpace:
        return finish_word();
      case CharKind::kIsolated:
        finish_word();
        if (!sink_.full) add(static_cast<int32_t>(payload_of(step)), place.begin, place.end);
        return;
      case CharKind::kDrop:
      case CharKind::kHangul:  // read already
        return;
      case CharKind::kSequence: {
        const uint32_t at = payload_of(step);
        for (uint32_t i = 1; i <= tables_.sequences[at]; ++i) character(tables_.sequences[at + i], place);
        return;
      }
    }
  }

  // Unicode 15, section 3.12, "Hangul Syllable Decomposition".
  void hangul(uint32_t scalar, ByteSpan place) {
    const uint32_t* const jamo = tables_.jamo.data();
    const uint32_t index = scalar - kFirstHangul;
    const uint32_t trail = index % kTrails;
    symbol(jamo[index / (kVowels * kTrails)], place);
    symbol(jamo[kLeads + index / kTrails % kVowels], place);
    if (trail != 0) symbol(jamo[kLeads + kVowels + trail], place);
  }

  size_t marks(size_t at) {
    const size_t stop =
        canonical_run(text_, begin_, at, end_, tables_.header->clean_text != 0, s_.marks);
    s_.marks.each([&](uint32_t scalar, ByteSpan place) { character(tables_.step(scalar), place); });
    if (s_.marks.marks.capacity() > kMostMarks) s_.marks = {};
    return stop;
  }

  void start_word() {
    num_symbols_ = 0;
    known_ = true;
  }

  void symbol(uint32_t symbol, ByteSpan place) {
    if (num_symbols_ == 0) {
      if (sink_.full) return;
      word_ = place;
      walk_ = start_walk();
    }
    word_.end = place.end;
    if (num_symbols_ == most_) known_ = false;
    if (known_) {
      if constexpr (kPlaces) s_.places[num_symbols_] = place;
      known_ = walk_.step(symbol);
    }
    ++num_symbols_;
  }

  void finish_word() {
    if (num_symbols_ == 0) return;
    known_ = known_ && walk_.finish();
    add_word(walk_, known_, word_.begin, word_.end, [this](uint32_t first, uint32_t last) {
      // Damaged tables may say anything.
      if (last <= first || last > num_symbols_) return ByteSpan{0, 0};
      return ByteSpan{s_.places[first].begin, s_.places[last - 1].end};
    });
    start_word();
  }

  const TablesView& tables_;
  const Step* const steps_;
  const std::string_view text_;
  const size_t begin_, end_;
  const size_t most_;  // symbols of a word, and so pieces
  Scratch& s_;
  TokenSink& sink_;

  // The word being read character by character.
  WordWalk<kPlaces> walk_ = {tables_, nullptr, nullptr, 0};
  ByteSpan word_ = {0, 0};
  size_t num_symbols_ = 0;
  bool known_ = true;
};

}  // namespace

void encode_stretch(const TablesView& tables, std::string_view text, size_t begin, size_t end,
                    Scratch& scratch, TokenSink& sink) {
  if (sink.out.spans != nullptr || sink.out.word_ids != nullptr) {
    Encoder<true>(tables, text, begin, end, scratch, sink).run();
  } else {
    Encoder<false>(tables, text, begin, end, scratch, sink).run();
  }
}

}  // namespace linnet::tokenizer
