// WordPiece::encode: special tokens around the text, added tokens in it, and stretches of plain text between.
#include "tokenizer/stretch.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

struct Match {
  size_t begin, end;
  int32_t id;
};

// The next added token from `at` on: leftmost, then longest, as the reference's Aho-Corasick. At the end
// of the text: begin == end.
Match next_added_token(const TablesView& tables, std::string_view text, size_t at,
                       bool match_special) {
  for (; at < text.size(); ++at) {
    if (tables.only_start >= 0) {
      at = text.find(static_cast<char>(tables.only_start), at);
      if (at == std::string_view::npos) break;
    }
    if (!tables.starts_added_token[static_cast<uint8_t>(text[at])]) continue;
    for (const AddedToken& token : tables.added_tokens) {  // longest first
      if (token.special != 0 && !match_special) continue;
      const std::string_view content = tables.added(token);
      if (text.compare(at, content.size(), content) == 0) {
        return {at, at + content.size(), token.id};
      }
    }
  }
  return {text.size(), text.size(), -1};
}

}  // namespace

EncodeResult WordPiece::encode(std::string_view text, const EncodeOptions& options,
                               const TokenBuffer& out, Scratch& scratch) const {
  const TablesHeader& header = *tables_.header;
  const size_t num_suffix = options.add_special_tokens ? header.num_suffix_ids : 0;
  TokenSink sink{.out = out, .room = out.capacity - num_suffix};
  if (options.add_special_tokens) {
    for (uint32_t i = 0; i < header.num_prefix_ids; ++i) sink.put(header.prefix_ids[i], {0, 0}, -1);
  }
  for (size_t at = 0; at < text.size() && !sink.full;) {
    const Match match = next_added_token(tables_, text, at, options.match_special_tokens);
    encode_stretch(tables_, text, at, match.begin, scratch, sink);
    if (match.begin < match.end && !sink.full) {
      const ByteSpan span{static_cast<uint32_t>(match.begin), static_cast<uint32_t>(match.end)};
      sink.add(match.id, span, sink.next_word++);
    }
    at = match.end;
  }
  for (size_t i = 0; i < num_suffix; ++i) sink.put(header.suffix_ids[i], {0, 0}, -1);
  return {.num_tokens = sink.size, .num_repaired = sink.num_repaired, .truncated = sink.full};
}

}  // namespace linnet::tokenizer
