#include "tokenizer/stretch.h"

#include <algorithm>

#include "tokenizer/canonical_order.h"
#include "tokenizer/piece_key.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

constexpr uint32_t kFirstHangul = 0xAC00;

class Encoder {
 public:
  Encoder(const TablesView& tables, std::string_view text, Scratch& scratch, TokenSink& sink)
      : tables_(tables), text_(text), sink_(sink),
        max_chars_(tables.header->max_chars_per_word), s_(scratch) {
    const size_t bytes = 4 * max_chars_;
    if (s_.spans.size() < bytes) {
      s_.bytes.resize(bytes + kKeyPadding);
      s_.spans.resize(bytes);
      s_.pieces.reserve(max_chars_);
    }
  }

  // One stretch of text between added tokens: normalized alone.
  void stretch(size_t begin, size_t end) {
    size_t at = begin;
    while (at < end && !sink_.full) {
      if (num_chars_ == 0) {
        if (const size_t size = ascii_word(at, end); size > 0) {
          at += size;
          continue;
        }
      }
      const auto byte = static_cast<uint8_t>(text_[at]);
      const Decoded decoded =
          byte < 0x80 ? Decoded{byte, 1, true} : decode_utf8(text_.substr(at, end - at));
      sink_.num_repaired += decoded.valid ? 0 : 1;
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
    if (num_chars_ == 0 || sink_.full) return;
    if (num_chars_ > max_chars_) {
      sink_.add(tables_.header->unk_id, word_span_, sink_.next_word++);
      num_chars_ = num_bytes_ = 0;
      return;
    }
    finish_pieces([this](const Scratch::Piece& piece) {
      return ByteSpan{s_.spans[piece.begin].begin, s_.spans[piece.end - 1].end};
    });
  }

  // Adds the word in s_.bytes; span_of(piece) says where a piece stands in the text.
  template <typename SpanOf>
  void finish_pieces(SpanOf span_of) {
    const int32_t word = sink_.next_word++;
    const std::string_view whole(s_.bytes.data(), num_bytes_);
    const int32_t id = tables_.find_word(piece_key(whole.data(), whole.size()), whole);
    if (id >= 0) {
      sink_.add(id, word_span_, word);
    } else if (!cut_into_pieces()) {
      sink_.add(tables_.header->unk_id, word_span_, word);
    } else {
      for (const Scratch::Piece& piece : s_.pieces) {
        if (!sink_.add(piece.id, span_of(piece), word)) break;
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
  TokenSink& sink_;
  const size_t max_chars_;
  Scratch& s_;
  size_t num_chars_ = 0, num_bytes_ = 0;  // of the word being read; bytes stop at max_chars_
  ByteSpan word_span_ = {0, 0};
};

}  // namespace

void encode_stretch(const TablesView& tables, std::string_view text, size_t begin, size_t end,
                    Scratch& scratch, TokenSink& sink) {
  Encoder(tables, text, scratch, sink).stretch(begin, end);
}

}  // namespace linnet::tokenizer
