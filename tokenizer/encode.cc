// WordPiece::encode: special tokens around the text, added tokens in it, and stretches of plain text between.
#include <algorithm>

#include "tokenizer/added_tokens.h"
#include "tokenizer/stretch.h"
#include "tokenizer/utf8.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

ByteSpan span_of(size_t begin, size_t end) {
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

// RobertaProcessing with trim_offsets: without the whitespace at the ends of `taken`, what an added token
// matched; as many characters off its place in the text.
ByteSpan trimmed(std::string_view text, ByteSpan place, std::string_view taken) {
  const auto characters = [](std::string_view space) {
    return std::count_if(space.begin(), space.end(), [](char c) { return (c & 0xC0) != 0x80; });
  };
  const size_t leading = leading_space(taken), trailing = trailing_space(taken);
  for (auto n = characters(taken.substr(0, leading)); n > 0 && place.begin < place.end; --n) {
    place.begin += decode_utf8(text.substr(place.begin)).size;
  }
  // The reference leaves the end where fewer characters stand before it than are to go: normalizers add
  // spaces that the text does not have.
  size_t end = place.end;
  auto n = characters(taken.substr(taken.size() - trailing));
  for (; n > 0 && end > 0; --n) end -= decode_last_utf8(text.substr(0, end)).size;
  if (n == 0) place.end = std::max(static_cast<uint32_t>(end), place.begin);
  return place;
}

class TextEncoder {
 public:
  TextEncoder(const TablesView& tables, std::string_view text, bool match_special, Scratch& scratch,
              TokenSink& sink)
      : tables_(tables), text_(text), match_special_(match_special), scratch_(scratch), sink_(sink) {}

  void run() {
    AddedTokenFinder finder(tables_.raw_tokens, text_, match_special_);
    AddedMatch match;
    size_t at = 0;
    while (!sink_.full && finder.next(match)) {
      if (at < match.begin) segment(at, match.begin);
      added(*match.token, span_of(match.begin, match.end),
            text_.substr(match.begin, match.end - match.begin));
      at = match.end;
    }
    if (at < text_.size() && !sink_.full) segment(at, text_.size());
  }

 private:
  void added(const AddedToken& token, ByteSpan place, std::string_view taken) {
    if (sink_.full) return;
    if (tables_.header->trims_offsets != 0) place = trimmed(text_, place, taken);
    sink_.add(token.id, place, sink_.next_word++);
  }

  // What stands between added tokens that are looked for in the text as it is.
  void segment(size_t begin, size_t end) {
    const bool general = !tables_.normalizer.empty() ||
                         tables_.may_hold_normalized_token(text_.substr(begin, end - begin));
    if (!general) return encode_stretch(tables_, text_, begin, end, scratch_, sink_);
    sink_.num_repaired += scratch_.normalized.assign(text_, begin, end);
    scratch_.normalized.apply(tables_.normalizer_steps());
    scratch_.normalized.write(scratch_.normal_bytes, scratch_.normal_places);

    AddedTokenFinder finder(tables_.normalized_tokens, scratch_.normal_bytes, match_special_);
    AddedMatch match;
    size_t at = 0;
    while (!sink_.full && finder.next(match)) {
      if (at < match.begin) normal_stretch(at, match.begin);
      const std::string_view normal = scratch_.normal_bytes;
      added(*match.token, place_of(match.begin, match.end),
            normal.substr(match.begin, match.end - match.begin));
      at = match.end;
    }
    if (at < scratch_.normal_bytes.size()) normal_stretch(at, scratch_.normal_bytes.size());
  }

  // Of normalized text: bytes [begin, end), not none.
  ByteSpan place_of(size_t begin, size_t end) const {
    return {scratch_.normal_places[begin].begin, scratch_.normal_places[end - 1].end};
  }

  // Encoded as it is, with places in the normalized text that then become those in the original one.
  void normal_stretch(size_t begin, size_t end) {
    if (sink_.full) return;
    const size_t first = sink_.size;
    const size_t repaired = sink_.num_repaired;
    encode_stretch(tables_.plain(), scratch_.normal_bytes, begin, end, scratch_, sink_);
    sink_.num_repaired = repaired;
    if (sink_.out.spans == nullptr) return;
    for (size_t i = first; i < sink_.size; ++i) {
      sink_.out.spans[i] = place_of(sink_.out.spans[i].begin, sink_.out.spans[i].end);
    }
  }

  const TablesView& tables_;
  const std::string_view text_;
  const bool match_special_;
  Scratch& scratch_;
  TokenSink& sink_;
};

}  // namespace

EncodeResult WordPiece::encode(std::string_view text, const EncodeOptions& options,
                               const TokenBuffer& out, Scratch& scratch) const {
  const TablesHeader& header = *tables_.header;
  const size_t num_suffix = options.add_special_tokens ? header.num_suffix_ids : 0;
  TokenSink sink{.out = out, .room = out.capacity - num_suffix};
  if (options.add_special_tokens) {
    for (uint32_t i = 0; i < header.num_prefix_ids; ++i) sink.put(header.prefix_ids[i], {0, 0}, -1);
  }
  TextEncoder(tables_, text, options.match_special_tokens, scratch, sink).run();
  for (size_t i = 0; i < num_suffix; ++i) sink.put(header.suffix_ids[i], {0, 0}, -1);
  return {.num_tokens = sink.size, .num_repaired = sink.num_repaired, .truncated = sink.full};
}

}  // namespace linnet::tokenizer
