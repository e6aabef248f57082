// tokenizer/stretch.h - the core: one stretch of plain text, between added tokens -> tokens.
//
// What stands around it - added tokens, templates, pairs, truncation - is encode.cc's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tokenizer/tables_view.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {

// Where the tokens of a text go, stretch after stretch.
struct TokenSink {
  TokenBuffer out;
  size_t room = 0;          // how many tokens may stand in `out`, at most its capacity
  size_t size = 0;          // how many stand there
  size_t num_repaired = 0;  // invalid UTF-8 sequences read as U+FFFD
  int32_t next_word = 0;    // the word id of the next word
  bool full = false;        // a token did not fit: encoding ends

  // Without asking for room.
  void put(int32_t id, ByteSpan span, int32_t word) {
    out.ids[size] = id;
    if (out.spans != nullptr) out.spans[size] = span;
    if (out.word_ids != nullptr) out.word_ids[size] = word;
    ++size;
  }
  // False: there was no room for it.
  bool add(int32_t id, ByteSpan span, int32_t word) {
    if (size == room) {
      full = true;
      return false;
    }
    put(id, span, word);
    return true;
  }
};

// Normalizes `text` [begin, end) alone, cuts it into words and pieces and adds them to `sink`, until its
// end or until the sink is full. Spans count from the start of `text`. Reads nothing outside `text`.
void encode_stretch(const TablesView& tables, std::string_view text, size_t begin, size_t end,
                    Scratch& scratch, TokenSink& sink);

}  // namespace linnet::tokenizer
