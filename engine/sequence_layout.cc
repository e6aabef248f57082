#include "engine/sequence_layout.h"

#include <algorithm>

namespace linnet::engine {

Result<std::array<size_t, 2>> truncated_lengths(std::array<size_t, 2> lengths, bool pair, size_t room,
                                                Truncation strategy) {
  const size_t total = lengths[0] + lengths[1];
  if (total <= room) return lengths;
  if (room == 0) return std::array<size_t, 2>{0, 0};
  if (strategy == Truncation::kLongestFirst) {
    if (!pair) return std::array<size_t, 2>{room, 0};
    // The shorter text stays whole while the longer one can make the room, else they share it.
    const bool swapped = lengths[0] > lengths[1];
    size_t shorter = std::min(lengths[0], lengths[1]);
    size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
      shorter = room / 2;
      longer = shorter + room % 2;
    }
    return swapped ? std::array<size_t, 2>{longer, shorter} : std::array<size_t, 2>{shorter, longer};
  }
  const size_t target = strategy == Truncation::kOnlyFirst ? 0 : 1;
  if (target == 1 && !pair) {
    return Status{Code::kInvalidArgument, "truncation of the second text, but there is only one"};
  }
  const size_t excess = total - room;
  if (lengths[target] <= excess) {
    return Status{Code::kInvalidArgument,
                  "truncation of the " + std::string(target == 0 ? "first" : "second") +
                      " text alone: it has " + std::to_string(lengths[target]) + " tokens and would lose " +
                      std::to_string(excess)};
  }
  lengths[target] -= excess;
  return lengths;
}

std::vector<TokenRange> windows_of(size_t length, size_t most, size_t stride, bool from_the_end) {
  if (length <= most) return {{0, length}};
  std::vector<TokenRange> windows;
  const size_t step = most - stride;
  if (!from_the_end) {
    for (size_t begin = 0;; begin += step) {
      windows.push_back({begin, std::min(begin + most, length)});
      if (windows.back().end == length) return windows;
    }
  }
  for (size_t end = length;; end -= step) {
    windows.push_back({end > most ? end - most : 0, end});
    if (windows.back().begin == 0) return windows;
  }
}

void lay_out(std::span<const tokenizer::TemplatePiece> pieces, bool add_special_tokens,
             const std::array<const TextTokens*, 2>& texts, const std::array<TokenRange, 2>& ranges,
             Encoding& out) {
  out.ids.clear();
  out.offsets.clear();
  out.word_ids.clear();
  out.type_ids.clear();
  out.sequence_ids.clear();
  for (const tokenizer::TemplatePiece& piece : pieces) {
    const auto type = static_cast<uint8_t>(piece.type_id);
    if (piece.id >= 0) {
      if (!add_special_tokens) continue;
      out.ids.push_back(piece.id);
      out.offsets.push_back({0, 0});
      out.word_ids.push_back(-1);
      out.type_ids.push_back(type);
      out.sequence_ids.push_back(-1);
      continue;
    }
    const size_t which = piece.id == tokenizer::kFirstText ? 0 : 1;
    const TextTokens& text = *texts[which];
    const auto [begin, end] = ranges[which];
    for (size_t i = begin; i < end; ++i) {
      out.ids.push_back(text.ids[i]);
      out.offsets.push_back({text.spans[i].begin, text.spans[i].end});
      out.word_ids.push_back(text.word_ids[i]);
    }
    out.type_ids.insert(out.type_ids.end(), end - begin, type);
    out.sequence_ids.insert(out.sequence_ids.end(), end - begin, static_cast<int8_t>(which));
  }
}

}  // namespace linnet::engine
