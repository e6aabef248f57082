// linnet/tokenizer.h over tokenizer/wordpiece.h: encoding. The rest is in tokenizer_open.cc.
#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <vector>

#include "base/failure.h"
#include "engine/model_impl.h"
#include "engine/sequence_layout.h"

namespace linnet {
namespace {

using engine::TextTokens;
using engine::TokenRange;
using tokenizer::WordPiece;

// Room for most texts: English has about 4.5 bytes a token. A text with more tokens is encoded
// again with twice the room.
size_t first_capacity(size_t text_bytes) { return text_bytes / 3 + 64; }

// What a call works with, kept for its memory.
struct Workspace {
  tokenizer::Scratch scratch;
  std::array<TextTokens, 2> texts;
  std::vector<tokenizer::ByteSpan> spans;
};

Workspace& workspace() {
  thread_local Workspace workspace;
  return workspace;
}

Status out_of_memory() { return base::out_of_memory("not enough memory for the tokens of a text"); }

Status check_size(std::string_view text) {
  return tokenizer::check_text_size(text.size(), "text of");
}

// How many tokens of the texts themselves may stay.
Result<size_t> room_for(const TokenizeOptions& options, size_t specials) {
  if (!options.add_special_tokens) specials = 0;
  if (options.max_length == 0) return std::numeric_limits<size_t>::max();
  if (options.max_length < specials) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(options.max_length) +
                                              " leaves no room for the " + std::to_string(specials) +
                                              " special tokens"};
  }
  return options.max_length - specials;
}

// Appends the tokens of `text`; more than `most` in all need not be known.
void append_tokens(const WordPiece& wordpiece, std::string_view text, bool match_special, size_t most,
                   tokenizer::Scratch& scratch, TextTokens& out) {
  const size_t limit =
      std::min(most, out.size + std::min(most, WordPiece::max_tokens(text.size())));
  size_t capacity = std::min(limit, std::max(out.ids.capacity(), out.size + first_capacity(text.size())));
  while (true) {
    out.ids.resize(capacity);
    out.word_ids.resize(capacity);
    out.spans.resize(capacity);
    const tokenizer::EncodeResult encoded = wordpiece.encode(
        text, {.add_special_tokens = false, .match_special_tokens = match_special},
        {.ids = out.ids.data() + out.size,
         .spans = out.spans.data() + out.size,
         .word_ids = out.word_ids.data() + out.size,
         .capacity = capacity - out.size},
        scratch);
    if (encoded.truncated && capacity < limit) {
      capacity = std::min(limit, 2 * capacity);
      continue;
    }
    out.size += encoded.num_tokens;
    out.num_repaired += encoded.num_repaired;
    out.whole = out.whole && !encoded.truncated;
    return;
  }
}

void read_text(const WordPiece& wordpiece, std::string_view text, const TokenizeOptions& options,
               size_t most, tokenizer::Scratch& scratch, TextTokens& out) {
  out.size = out.num_repaired = 0;
  out.whole = true;
  append_tokens(wordpiece, text, options.match_special_tokens, most, scratch, out);
}

TokenRange kept(size_t length, size_t most, bool from_the_end) {
  return from_the_end ? TokenRange{length - most, length} : TokenRange{0, most};
}

// One encoding of texts that have been read.
Status cut_and_lay_out(const WordPiece& wordpiece, Workspace& work, bool pair, size_t room,
                       const TokenizeOptions& options, Encoding& out) {
  const std::array<size_t, 2> lengths{work.texts[0].size, pair ? work.texts[1].size : 0};
  const auto stay = engine::truncated_lengths(lengths, pair, room, options.truncation);
  if (!stay.ok()) return stay.status();
  std::array<TokenRange, 2> ranges;
  out.truncated = false;
  out.num_repaired = 0;
  for (size_t i = 0; i < (pair ? 2 : 1); ++i) {
    ranges[i] = kept(lengths[i], stay.value()[i], options.truncate_left);
    out.truncated = out.truncated || !work.texts[i].whole || stay.value()[i] < lengths[i];
    out.num_repaired += work.texts[i].num_repaired;
  }
  engine::lay_out(pair ? wordpiece.pair_template() : wordpiece.single_template(),
                  options.add_special_tokens, {&work.texts[0], &work.texts[1]}, ranges, out);
  return {};
}

// What need not be read of a text: with the end cut off, anything that is surely cut off. One token
// more shows that there is more.
size_t most_to_read(size_t room, const TokenizeOptions& options) {
  const bool all = options.truncate_left || options.truncation != Truncation::kLongestFirst ||
                   room == std::numeric_limits<size_t>::max();
  return all ? std::numeric_limits<size_t>::max() : room + 1;
}

// Both texts of a pair, as far as the truncation needs them.
void read_pair(const WordPiece& wordpiece, std::string_view first, std::string_view second, size_t room,
               const TokenizeOptions& options, Workspace& work) {
  size_t most = most_to_read(room, options);
  while (true) {
    read_text(wordpiece, first, options, most, work.scratch, work.texts[0]);
    read_text(wordpiece, second, options, most, work.scratch, work.texts[1]);
    // Where both give up tokens, the odd one stays with the longer text.
    const bool which_is_longer = room % 2 == 0 || work.texts[0].size != work.texts[1].size ||
                                 (work.texts[0].whole && work.texts[1].whole);
    if (which_is_longer) return;
    most = std::numeric_limits<size_t>::max();
  }
}

}  // namespace

Status Tokenizer::encode(std::string_view text, const TokenizeOptions& options,
                         Encoding& out) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  if (Status s = check_size(text); !s.ok()) return s;
  const auto room = room_for(options, wordpiece.num_special_tokens());
  if (!room.ok()) return room.status();
  Workspace& work = workspace();
  read_text(wordpiece, text, options, most_to_read(room.value(), options), work.scratch, work.texts[0]);
  return cut_and_lay_out(wordpiece, work, false, room.value(), options, out);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Status Tokenizer::encode_pair(std::string_view first, std::string_view second,
                              const TokenizeOptions& options, Encoding& out) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  for (const std::string_view text : {first, second}) {
    if (Status s = check_size(text); !s.ok()) return s;
  }
  if (wordpiece.pair_template().empty()) {
    return {Code::kUnsupported, "the tokenizer has no template for pairs"};
  }
  const auto room = room_for(options, wordpiece.num_special_tokens_pair());
  if (!room.ok()) return room.status();
  Workspace& work = workspace();
  read_pair(wordpiece, first, second, room.value(), options, work);
  return cut_and_lay_out(wordpiece, work, true, room.value(), options, out);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Status Tokenizer::encode_words(std::span<const std::string_view> words,
                               const TokenizeOptions& options, Encoding& out) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  const auto room = room_for(options, wordpiece.num_special_tokens());
  if (!room.ok()) return room.status();
  Workspace& work = workspace();
  TextTokens& text = work.texts[0];
  text.size = text.num_repaired = 0;
  text.whole = true;
  const size_t most = most_to_read(room.value(), options);
  for (size_t word = 0; word < words.size() && text.whole; ++word) {
    if (Status s = check_size(words[word]); !s.ok()) return s;
    const size_t before = text.size;
    append_tokens(wordpiece, words[word], options.match_special_tokens, most, work.scratch, text);
    std::fill(text.word_ids.begin() + static_cast<ptrdiff_t>(before),
              text.word_ids.begin() + static_cast<ptrdiff_t>(text.size), static_cast<int32_t>(word));
  }
  return cut_and_lay_out(wordpiece, work, false, room.value(), options, out);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

namespace {

Status check_windows(size_t most, size_t length, size_t stride, size_t max_length) {
  if (most >= length || stride < most) return {};
  return {Code::kInvalidArgument,
          "windows of " + std::to_string(most) + " tokens of the text (max_length " +
              std::to_string(max_length) + " less special tokens and the other text), expected more than "
              "the stride of " + std::to_string(stride)};
}

// All windows of texts that have been read: the first one, then each further window of the text that comes
// first in the template with all of the other, then the first one with the other's further windows.
Status lay_out_windows(const WordPiece& wordpiece, Workspace& work, bool pair, size_t room,
                       const TokenizeOptions& options, std::vector<Encoding>& windows) {
  const std::array<size_t, 2> lengths{work.texts[0].size, pair ? work.texts[1].size : 0};
  const auto stay = engine::truncated_lengths(lengths, pair, room, options.truncation);
  if (!stay.ok()) return stay.status();
  const auto pieces = pair ? wordpiece.pair_template() : wordpiece.single_template();
  std::array<std::vector<TokenRange>, 2> parts;
  size_t repaired = 0;
  for (size_t i = 0; i < 2; ++i) {
    const size_t most = stay.value()[i];
    Status s = check_windows(most, lengths[i], options.stride, options.max_length);
    if (!s.ok()) return s;
    parts[i] = engine::windows_of(lengths[i], most, options.stride, options.truncate_left);
    repaired += i == 0 || pair ? work.texts[i].num_repaired : 0;
  }
  const auto second_first = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) {
    return piece.id < 0;
  })->id == tokenizer::kSecondText;
  const size_t outer = second_first ? 1 : 0, inner = 1 - outer;

  size_t count = 0;
  const auto add = [&](size_t outer_part, size_t inner_part) {
    if (count == windows.size()) windows.emplace_back();
    Encoding& window = windows[count++];
    std::array<TokenRange, 2> ranges;
    ranges[outer] = parts[outer][outer_part];
    ranges[inner] = parts[inner][inner_part];
    engine::lay_out(pieces, options.add_special_tokens, {&work.texts[0], &work.texts[1]}, ranges, window);
    window.truncated = parts[0].size() > 1 || parts[1].size() > 1;
    window.num_repaired = repaired;
  };
  add(0, 0);
  for (size_t i = 1; i < parts[outer].size(); ++i) {
    for (size_t j = 0; j < parts[inner].size(); ++j) add(i, j);
  }
  for (size_t j = 1; j < parts[inner].size(); ++j) add(0, j);
  windows.resize(count);
  return {};
}

}  // namespace

Status Tokenizer::encode_windows(std::string_view text, const TokenizeOptions& options,
                                 std::vector<Encoding>& windows) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  if (Status s = check_size(text); !s.ok()) return s;
  const auto room = room_for(options, wordpiece.num_special_tokens());
  if (!room.ok()) return room.status();
  Workspace& work = workspace();
  read_text(wordpiece, text, options, std::numeric_limits<size_t>::max(), work.scratch, work.texts[0]);
  return lay_out_windows(wordpiece, work, false, room.value(), options, windows);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Status Tokenizer::encode_windows(std::string_view first, std::string_view second,
                                 const TokenizeOptions& options,
                                 std::vector<Encoding>& windows) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  for (const std::string_view text : {first, second}) {
    if (Status s = check_size(text); !s.ok()) return s;
  }
  if (wordpiece.pair_template().empty()) {
    return {Code::kUnsupported, "the tokenizer has no template for pairs"};
  }
  const auto room = room_for(options, wordpiece.num_special_tokens_pair());
  if (!room.ok()) return room.status();
  Workspace& work = workspace();
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  read_text(wordpiece, first, options, kAll, work.scratch, work.texts[0]);
  read_text(wordpiece, second, options, kAll, work.scratch, work.texts[1]);
  return lay_out_windows(wordpiece, work, true, room.value(), options, windows);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Result<uint64_t> Tokenizer::count(std::string_view text, const TokenizeOptions& options) const try {
  const WordPiece& wordpiece = impl_->wordpiece;
  if (Status s = check_size(text); !s.ok()) return s;
  uint64_t total = options.add_special_tokens ? wordpiece.num_special_tokens() : 0;
  Workspace& work = workspace();
  // No token reaches over a space, so that pieces of the text may be counted one after the other.
  constexpr size_t kPiece = size_t{64} << 10;
  const bool in_pieces = wordpiece.tokens_have_no_space();
  while (!text.empty()) {
    size_t end = text.size();
    if (in_pieces && end > kPiece) {
      const size_t space = text.find_first_of(WordPiece::kSpaces, kPiece);
      end = space == std::string_view::npos ? text.size() : space;
    }
    read_text(wordpiece, text.substr(0, end), options, std::numeric_limits<size_t>::max(), work.scratch,
              work.texts[0]);
    total += work.texts[0].size;
    text.remove_prefix(end);
  }
  return total;
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

}  // namespace linnet
