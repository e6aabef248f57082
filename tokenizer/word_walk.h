// tokenizer/word_walk.h - one word through the automaton of tables.h: greedy longest match in linear time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tokenizer/tables_view.h"

namespace linnet::tokenizer {

// The pieces of a word as they become certain. kEnds: where each ends, too, in symbols. Every failure emits
// a token or ends the walk, so it takes at most two moves for a symbol; kCount, for a test, counts them.
template <bool kEnds, bool kCount = false>
class WordWalk {
 public:
  // ids and ends have room for `most` pieces.
  WordWalk(const TablesView& tables, int32_t* ids, uint32_t* ends, size_t most)
      : nodes_(tables.nodes.data()), failures_(tables.failures.data()), depths_(tables.depths.data()),
        emitted_(tables.emitted.data()), piece_root_(tables.header->piece_root), ids_(ids), ends_(ends),
        most_(most), state_(tables.header->word_root) {}

  // False: the word is unknown, whatever follows.
  bool step(uint32_t symbol) {
    uint32_t child = nodes_[state_].base ^ symbol;
    while (nodes_[child].check != state_) {
      if (!fail()) return false;
      child = nodes_[state_].base ^ symbol;
    }
    state_ = child;
    if constexpr (kCount) ++moves_;
    if constexpr (kEnds) ++symbols_;
    return true;
  }

  // After the last symbol: what is left is cut, too.
  bool finish() {
    while (state_ != piece_root_) {
      if (!fail()) return false;
    }
    return true;
  }

  size_t pieces() const { return pieces_; }
  size_t moves() const { return moves_; }  // only kCount counts

 private:
  bool fail() {
    const Failure failure = failures_[state_];
    if (failure.next == 0) return false;
    if ((failure.tokens & kManyTokens) == 0) {
      if (pieces_ == most_) return false;  // damaged tables only: a piece has at least one symbol
      ids_[pieces_] = static_cast<int32_t>(failure.tokens);
      if constexpr (kEnds) ends_[pieces_] = symbols_ - depths_[failure.next];
      ++pieces_;
    } else {
      const Emitted* const list = emitted_ + (failure.tokens & ~kManyTokens);
      const size_t count = list->symbols;
      if (count > most_ - pieces_) return false;
      uint32_t end = pieces_ == 0 ? 0 : kEnds ? ends_[pieces_ - 1] : 0;
      for (size_t i = 1; i <= count; ++i, ++pieces_) {
        ids_[pieces_] = list[i].id;
        if constexpr (kEnds) ends_[pieces_] = end += list[i].symbols;
      }
    }
    state_ = failure.next;
    if constexpr (kCount) ++moves_;
    return true;
  }

  const Node* nodes_;
  const Failure* failures_;
  const uint16_t* depths_;
  const Emitted* emitted_;
  uint32_t piece_root_;
  int32_t* ids_;
  uint32_t* ends_;
  size_t most_;
  uint32_t state_;
  uint32_t symbols_ = 0;
  size_t pieces_ = 0;
  size_t moves_ = 0;
};

}  // namespace linnet::tokenizer
