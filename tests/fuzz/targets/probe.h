// tests/fuzz/targets/probe.h - what a tokenizer that opened must be able to do, wherever it came from.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/wordpiece.h"

namespace linnet::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// Encodes a text with something of everything, with places and without, and decodes what comes of it.
inline void probe(const tokenizer::WordPiece& wordpiece) {
  constexpr std::string_view kText =
      "the unaffable na\xc3\xafve \xed\x95\x9c \xe4\xbd\xa0 [SEP] abc##def \xe3\x80\xae\xcc\xa3 \xff q, 3.14";
  tokenizer::Scratch scratch;
  const size_t most = tokenizer::WordPiece::max_tokens(kText.size());
  std::vector<int32_t> ids(most), words(most);
  std::vector<tokenizer::ByteSpan> spans(most);
  for (const bool places : {false, true}) {
    const auto result = wordpiece.encode(kText, {},
                                         {.ids = ids.data(), .spans = places ? spans.data() : nullptr,
                                          .word_ids = places ? words.data() : nullptr, .capacity = most},
                                         scratch);
    require(result.num_tokens <= most);
    for (const bool cleanly : {false, true}) {
      std::string text;
      wordpiece.decode({ids.data(), result.num_tokens}, places, cleanly, text);
    }
  }
  for (size_t i = 0; i < most; ++i) require(spans[i].begin <= spans[i].end && spans[i].end <= kText.size());
}

}  // namespace linnet::fuzz
