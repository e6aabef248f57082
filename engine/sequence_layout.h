// engine/sequence_layout.h - which tokens of one or two texts stay, and in which order they stand: truncation,
// windows and the template, as the reference's utils/truncation.rs, encoding.rs and processors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "linnet/status.h"
#include "linnet/tokenizer.h"
#include "tokenizer/byte_span.h"
#include "tokenizer/tables.h"

namespace linnet::engine {

// The tokens of one text, without special ones.
struct TextTokens {
  std::vector<int32_t> ids, word_ids;
  std::vector<tokenizer::ByteSpan> spans;
  size_t size = 0;
  size_t num_repaired = 0;
  bool whole = true;  // false: the text has more tokens
};

// Tokens [begin, end) of a text.
struct TokenRange {
  size_t begin = 0, end = 0;
};

// How many tokens of each text stay when all may have `room`. lengths[1] is nothing without a second text.
// Fails with kInvalidArgument when the text that `strategy` names cannot make room.
Result<std::array<size_t, 2>> truncated_lengths(std::array<size_t, 2> lengths, bool pair, size_t room,
                                                Truncation strategy);

// A text of `length` tokens in windows of at most `most`, each `most` - `stride` further. REQUIRES: stride <
// most, or most >= length.
std::vector<TokenRange> windows_of(size_t length, size_t most, size_t stride, bool from_the_end);

// Texts, cut to ranges, in a template.
void lay_out(std::span<const tokenizer::TemplatePiece> pieces, bool add_special_tokens,
             const std::array<const TextTokens*, 2>& texts, const std::array<TokenRange, 2>& ranges,
             Encoding& out);

}  // namespace linnet::engine
