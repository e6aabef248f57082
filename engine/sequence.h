// engine/sequence.h - texts and pairs of texts as what the encoder reads, whole or in windows.
//
//   [CLS] A [SEP]      [CLS] A [SEP] B [SEP]      MPNet: <s> A </s> </s> B </s>
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/config.h"
#include "linnet/status.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {

// The tokens of one text, no special ones among them.
struct Tokens {
  std::vector<int32_t> ids;
  std::vector<tokenizer::ByteSpan> spans;
  std::vector<int32_t> word_ids;
  size_t num_repaired = 0;
  bool truncated = false;  // the text had more than was asked for

  size_t size() const { return ids.size(); }
};

// At most `limit` tokens. A text of more than kMostTextBytes is kInvalidArgument.
Status tokenize(const tokenizer::WordPiece& wordpiece, std::string_view text, size_t limit,
                tokenizer::Scratch& scratch, Tokens& out);

// An input of the encoder. Token i of the sequence is token `begin + i - first` of the text it shows,
// for first <= i < last: the only text of a single sequence, the second one of a pair.
struct Sequence {
  std::vector<int32_t> ids;
  uint32_t second_begin = 0;   // from here on the type is 1; ids.size() where there is one text
  uint32_t first = 0, last = 0;
  uint32_t begin = 0;

  size_t size() const { return ids.size(); }
};

// What every sequence of a model has in common.
struct SequenceFormat {
  int32_t cls, sep;
  uint32_t pair_separators;  // [SEP] between the texts of a pair
  uint32_t second_type;      // of the second text and its [SEP]: 1, or 0
  uint32_t max_length;

  size_t pair_specials() const { return 2 + size_t{pair_separators}; }
};

// As the tokenizer's templates say; without one for pairs, as is usual in the model's family. kUnsupported when they
// are not [CLS] text [SEP] and, where pairs are asked for, [CLS] A [SEP] B [SEP] with one or more [SEP] in between.
Result<SequenceFormat> sequence_format(const tokenizer::WordPiece& wordpiece, const ModelConfig& config,
                                       uint32_t max_length, bool pairs);

// Tokens [begin, end) of a text, alone.
Sequence single_sequence(const SequenceFormat& format, const Tokens& text, size_t begin, size_t end);
// The first a_size tokens of a, and [begin, end) of b.
Sequence pair_sequence(const SequenceFormat& format, const Tokens& a, size_t a_size, const Tokens& b,
                       size_t begin, size_t end);

// How many tokens each text of a pair keeps so that both fit in `room`: the longer one gives way first.
// truncate_encodings with LongestFirst in tokenizers 0.22.
struct PairSizes {
  size_t a, b;
};
PairSizes longest_first(size_t a, size_t b, size_t room);

// Windows of at most `room` tokens over `size` tokens, each beginning stride tokens before the end of the
// one before it; the last one ends with the text, and a text of no tokens has one window.
// REQUIRES: stride < room.
struct TokenWindow {
  size_t begin, end;
};
std::vector<TokenWindow> token_windows(size_t size, size_t room, size_t stride);

// kInvalidArgument unless stride < room. `what` room is, for the message.
Status check_stride(size_t stride, size_t room, const char* what = "the tokens of a window");

}  // namespace linnet::engine
