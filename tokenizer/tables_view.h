// tokenizer/tables_view.h - the tables of tables.h, checked, as spans.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "linnet/status.h"
#include "tokenizer/piece_key.h"
#include "tokenizer/tables.h"

namespace linnet::tokenizer {

struct TablesView {
  const TablesHeader* header = nullptr;
  std::span<const uint16_t> page_of;
  std::span<const CharEntry> entries;
  std::span<const uint32_t> sequences;
  std::span<const uint32_t> token_begins;
  std::span<const char> token_bytes;
  std::span<const Slot> word_slots, piece_slots;
  std::span<const AddedToken> added_tokens;
  std::span<const char> added_bytes;

  size_t prefix_size = 0;                      // bytes of the continuing prefix
  size_t longest_token = 0;                    // bytes
  std::array<bool, 256> starts_added_token{};  // by first byte
  int only_start = -1;                         // that byte, when all added tokens have the same

  // What ASCII becomes: the byte of a letter or digit that stays or is lowercased, else 0.
  std::array<char, 128> ascii_letter{};

  CharEntry entry(uint32_t scalar) const {
    return entries[page_of[scalar / kPageSize] * kPageSize + scalar % kPageSize];
  }
  std::string_view token(int32_t id) const {  // empty: there is no such id
    const auto at = static_cast<size_t>(id);
    if (id < 0 || at >= header->vocab_size) return {};
    return {token_bytes.data() + token_begins[at], token_begins[at + 1] - token_begins[at]};
  }
  std::string_view added(const AddedToken& token) const {
    return {added_bytes.data() + token.begin, token.size};
  }
  // The id of a first piece, or of a continuing one without its prefix; -1: there is none.
  int32_t find_word(const PieceKey& key, std::string_view text) const {
    return find(word_slots, key, text, 0);
  }
  int32_t find_piece(const PieceKey& key, std::string_view text) const {
    return find(piece_slots, key, text, prefix_size);
  }

 private:
  int32_t find(std::span<const Slot> slots, const PieceKey& key, std::string_view text,
               size_t skip) const {
    size_t at = key.hash & (slots.size() - 1);
    while (slots[at].id >= 0) {  // there is a free slot: view_tables() checked
      const Slot& slot = slots[at];
      if (slot.start == key.start && slot.tag == key.tag &&
          (text.size() <= 8 || token(slot.id).substr(skip) == text)) {
        return slot.id;
      }
      at = (at + 1) & (slots.size() - 1);
    }
    return -1;
  }
};

// Checks everything that encode() relies on, so that no bytes whatever make it read outside `tables`.
// Fails with kCorrupt; `where` names the tables.
Result<TablesView> view_tables(std::span<const std::byte> tables, const std::string& where);

}  // namespace linnet::tokenizer
