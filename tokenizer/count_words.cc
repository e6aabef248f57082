#include "tokenizer/count_words.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {

size_t WordCounts::Hash::operator()(std::string_view text) const {
  return XXH3_64bits(text.data(), text.size());
}

WordCounts::WordCounts(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {
  for (uint32_t c = 0; c < ascii_.size(); ++c) {
    const char byte = static_cast<char>(c);
    const std::string becomes = normalized(std::string_view(&byte, 1), steps_);
    if (becomes.empty()) {
      ascii_[c] = kDropped;
    } else if (is_whitespace(static_cast<uint8_t>(becomes[0]))) {
      ascii_[c] = kSpace;
    } else if (is_punctuation(static_cast<uint8_t>(becomes[0]))) {
      ascii_[c] = kPunctuation;
    } else {
      ascii_[c] = becomes[0];  // controls that stay are no 1, 2 or 3: finish() sees to it
    }
  }
}

void WordCounts::count(std::string_view word, uint64_t times) {
  if (const auto at = words_.find(word); at != words_.end()) {
    at->second += times;
  } else {
    words_.emplace(word, times);
  }
}

// Pieces between spaces, tabs and line breaks: no step of a normalizer looks over one.
void WordCounts::add(std::string_view text) {
  constexpr size_t kMostRawBytes = size_t{64} << 20;
  constexpr size_t kEntryBytes = 64;  // of the table, about
  constexpr std::string_view kBreaks = " \t\r\n";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(kBreaks, begin), text.size());
    if (begin < end) {
      const std::string_view piece = text.substr(begin, end - begin);
      if (const auto at = raw_.find(piece); at != raw_.end()) {
        ++at->second;
      } else {
        raw_.emplace(piece, 1);
        raw_bytes_ += piece.size() + kEntryBytes;
      }
    }
    begin = end + 1;
  }
  if (raw_bytes_ > kMostRawBytes) finish();
}

void WordCounts::finish() {
  for (const auto& [piece, times] : raw_) {
    const bool ascii = std::all_of(piece.begin(), piece.end(), [](char c) {
      return static_cast<uint8_t>(c) < 0x80 && c > kDropped;
    });
    if (ascii) {
      add_ascii(piece, times);
    } else {
      add_any(piece, times);
    }
  }
  raw_.clear();
  raw_bytes_ = 0;
}

void WordCounts::add_ascii(std::string_view text, uint64_t times) {
  word_.clear();
  const auto finish = [&] {
    if (!word_.empty()) count(word_, times);
    word_.clear();
  };
  for (const char c : text) {
    const char becomes = ascii_[static_cast<uint8_t>(c)];
    if (becomes > kDropped || becomes == 0) {
      word_ += becomes;
    } else if (becomes != kDropped) {
      finish();
      if (becomes == kPunctuation) count(std::string_view(&c, 1), times);
    }
  }
  finish();
}

void WordCounts::add_any(std::string_view text, uint64_t times) {
  num_repaired_ += times * normalized_.assign(text, 0, text.size());
  normalized_.apply(steps_);
  normalized_.write(bytes_, places_);
  const std::string_view all = bytes_;
  size_t begin = 0;
  for (size_t at = 0; at < all.size();) {
    const Decoded decoded = decode_utf8(all.substr(at));
    const bool isolated = is_punctuation(decoded.scalar);
    if (isolated || is_whitespace(decoded.scalar)) {
      if (begin < at) count(all.substr(begin, at - begin), times);
      if (isolated) count(all.substr(at, decoded.size), times);
      begin = at + decoded.size;
    }
    at += decoded.size;
  }
  if (begin < all.size()) count(all.substr(begin), times);
}

void WordCounts::merge(const WordCounts& other) {
  for (const auto& [word, n] : other.words_) words_[word] += n;
  num_repaired_ += other.num_repaired_;
}

}  // namespace linnet::tokenizer
