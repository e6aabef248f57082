// WordPiece::encode: one pass over the text. Characters become normalized characters by table, words
// end at spaces and around isolated characters, and each word is cut into pieces, longest first.
#include <algorithm>
#include <cstring>

#include "tokenizer/canonical_order.h"
#include "tokenizer/piece_key.h"
#include "tokenizer/utf8.h"
#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

constexpr uint32_t kFirstHangul = 0xAC00;

class Encoder {
 public:
  Encoder(const TablesView& tables, std::string_view text, const TokenBuffer& out,
          size_t num_suffix, Scratch& scratch)
      : tables_(tables), text_(text), out_(out), room_(out.capacity - num_suffix),
        max_chars_(tables.header->max_chars_per_word), s_(scratch) {
    const size_t bytes = 4 * max_chars_;
    if (s_.spans.size() < bytes) {
      s_.bytes.resize(bytes + kKeyPadding);
      s_.spans.resize(bytes);
      s_.pieces.reserve(max_chars_);
    }
  }

  // False: there was no room for it, and encoding ends.
  bool emit(int32_t id, ByteSpan span, int32_t word) {
    if (n_ == room_) {
      full_ = true;
      return false;
    }
    put(id, span, word);
    return true;
  }

  // Into the room kept for the final special tokens, too.
  void put(int32_t id, ByteSpan span, int32_t word) {
    out_.ids[n_] = id;
    if (out_.spans != nullptr) out_.spans[n_] = span;
    if (out_.word_ids != nullptr) out_.word_ids[n_] = word;
    ++n_;
  }

  // A token that stands in the text as such.
  void added_token(int32_t id, ByteSpan span) { emit(id, span, next_word_++); }

  // One stretch of text between added tokens: normalized alone.
  void stretch(size_t begin, size_t end) {
    size_t at = begin;
    while (at < end && !full_) {
      if (num_chars_ == 0) {
        if (const size_t size = ascii_word(at, end); size > 0) {
          at += size;
          continue;
        }
      }
      const auto byte = static_cast<uint8_t>(text_[at]);
      const Decoded decoded =
          byte < 0x80 ? Decoded{byte, 1, true} : decode_utf8(text_.substr(at, end - at));
      num_repaired_ += decoded.valid ? 0 : 1;
      const CharEntry entry = tables_.entry(decoded.scalar);
      if ((entry & kReorderFlag) != 0) {
        at = marks(begin, at, end);
        continue;
      }
      const ByteSpan span{static_cast<uint32_t>(at), static_cast<uint32_t>(at) + decoded.size};
      character(decoded.scalar, entry, span);
      at += decoded.size;
    }
    finish_word();
  }

  size_t size() const { return n_; }
  size_t num_repaired() const { return num_repaired_; }
  bool full() const { return full_; }

 private:
  // Reads a word of ASCII letters and digits that stands alone: before a space, punctuation or the end.
  // Its bytes are the text's, lowercased, and so are its places. 0: there is none at `at`.
  size_t ascii_word(size_t at, size_t end) {
    const size_t most = std::min(end - at, max_chars_);
    const char* from = text_.data() + at;
    size_t size = 0;
    for (; size < most; ++size) {
      const auto byte = static_cast<uint8_t>(from[size]);
      const char letter = byte < 0x80 ? tables_.ascii_letter[byte] : '\0';
      if (letter == 0) break;
      s_.bytes[size] = letter;
    }
    if (size == 0) return 0;
    if (at + size < end) {  // does the word end here?
      const auto next = static_cast<uint8_t>(from[size]);
      if (next >= 0x80) return 0;
      const CharKind kind = kind_of(tables_.entry(next));
      if (kind != CharKind::kSpace && kind != CharKind::kIsolated) return 0;
    }
    const auto begin = static_cast<uint32_t>(at);
    num_bytes_ = size;
    word_span_ = {begin, begin + static_cast<uint32_t>(size)};
    finish_pieces([begin](const Scratch::Piece& piece) {
      return ByteSpan{begin + piece.begin, begin + piece.end};
    });
    return size;
  }

  void character(uint32_t scalar, CharEntry entry, ByteSpan span) {
    const uint32_t becomes = payload_of(entry) == 0 ? scalar : payload_of(entry);
    switch (kind_of(entry)) {
      case CharKind::kWord:
        return append(becomes, span);
      case CharKind::kSpace:
        return finish_word();
      case CharKind::kIsolated:
        finish_word();
        append(becomes, span);
        return finish_word();
      case CharKind::kDrop:
        return;
      case CharKind::kSequence: {
        const uint32_t at = payload_of(entry);
        for (uint32_t i = 1; i <= tables_.sequences[at]; ++i) {
          character(0, tables_.sequences[at + i], span);
        }
        return;
      }
      case CharKind::kHangul:
        return hangul(scalar, span);
    }
  }

  // Unicode 15, section 3.12, "Hangul Syllable Decomposition".
  void hangul(uint32_t scalar, ByteSpan span) {
    constexpr uint32_t kVowels = 21, kTrailing = 28;
    const uint32_t index = scalar - kFirstHangul;
    append(0x1100 + index / (kVowels * kTrailing), span);
    append(0x1161 + index / kTrailing % kVowels, span);
    if (index % kTrailing != 0) append(0x11A7 + index % kTrailing, span);
  }

  size_t marks(size_t begin, size_t at, size_t end) {
    const size_t stop =
        canonical_run(text_, begin, at, end, tables_.header->clean_text != 0, s_.marks);
    for (const Scratch::Mark& mark : s_.marks) {
      character(mark.scalar, tables_.entry(mark.scalar), mark.span);
    }
    return stop;
  }

  void append(uint32_t scalar, ByteSpan span) {
    if (num_chars_ < max_chars_) {
      const size_t size = encode_utf8(scalar, s_.bytes.data() + num_bytes_);
      for (size_t i = 0; i < size; ++i) s_.spans[num_bytes_ + i] = span;
      num_bytes_ += size;
    }
    if (num_chars_ == 0) word_span_.begin = span.begin;
    word_span_.end = span.end;
    ++num_chars_;
  }

  void finish_word() {
    if (num_chars_ == 0 || full_) return;
    if (num_chars_ > max_chars_) {
      emit(tables_.header->unk_id, word_span_, next_word_++);
      num_chars_ = num_bytes_ = 0;
      return;
    }
    finish_pieces([this](const Scratch::Piece& piece) {
      return ByteSpan{s_.spans[piece.begin].begin, s_.spans[piece.end - 1].end};
    });
  }

  // Emits the word in s_.bytes; span_of(piece) says where a piece stands in the text.
  template <typename SpanOf>
  void finish_pieces(SpanOf span_of) {
    const int32_t word = next_word_++;
    const std::string_view whole(s_.bytes.data(), num_bytes_);
    const int32_t id = tables_.find_word(piece_key(whole.data(), whole.size()), whole);
    if (id >= 0) {
      emit(id, word_span_, word);
    } else if (!cut_into_pieces()) {
      emit(tables_.header->unk_id, word_span_, word);
    } else {
      for (const Scratch::Piece& piece : s_.pieces) {
        if (!emit(piece.id, span_of(piece), word)) break;
      }
    }
    num_chars_ = num_bytes_ = 0;
  }

  // Greedy longest match: the reference's WordPiece::tokenize. False: the word is unknown.
  bool cut_into_pieces() {
    s_.pieces.clear();
    for (size_t begin = 0; begin < num_bytes_;) {
      size_t end = std::min(num_bytes_, begin + tables_.longest_token);
      int32_t id = -1;
      for (; end > begin; --end) {
        const bool inside = end < num_bytes_ && (s_.bytes[end] & 0xC0) == 0x80;
        if (inside) continue;  // of a character
        const std::string_view piece(s_.bytes.data() + begin, end - begin);
        const PieceKey key = piece_key(piece.data(), piece.size());
        id = begin == 0 ? tables_.find_word(key, piece) : tables_.find_piece(key, piece);
        if (id >= 0) break;
      }
      if (id < 0) return false;
      s_.pieces.push_back({id, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
      begin = end;
    }
    return true;
  }

  const TablesView& tables_;
  const std::string_view text_;
  const TokenBuffer& out_;
  const size_t room_;       // tokens, the final special ones not counted
  const size_t max_chars_;
  Scratch& s_;
  size_t n_ = 0;
  size_t num_repaired_ = 0;
  bool full_ = false;
  int32_t next_word_ = 0;
  size_t num_chars_ = 0, num_bytes_ = 0;  // of the word being read; bytes stop at max_chars_
  ByteSpan word_span_ = {0, 0};
};

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
  Encoder encoder(tables_, text, out, num_suffix, scratch);
  if (options.add_special_tokens) {
    for (uint32_t i = 0; i < header.num_prefix_ids; ++i) {
      encoder.put(header.prefix_ids[i], {0, 0}, -1);
    }
  }
  for (size_t at = 0; at < text.size() && !encoder.full();) {
    const Match match = next_added_token(tables_, text, at, options.match_special_tokens);
    encoder.stretch(at, match.begin);
    if (match.begin < match.end && !encoder.full()) {
      encoder.added_token(match.id, {static_cast<uint32_t>(match.begin),
                                     static_cast<uint32_t>(match.end)});
    }
    at = match.end;
  }
  for (size_t i = 0; i < num_suffix; ++i) encoder.put(header.suffix_ids[i], {0, 0}, -1);
  return {.num_tokens = encoder.size(),
          .num_repaired = encoder.num_repaired(),
          .truncated = encoder.full()};
}

}  // namespace linnet::tokenizer
