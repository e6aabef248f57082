// tokenizer/tables_view.h - the tables of tables.h, checked, as spans.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/normalized_text.h"
#include "tokenizer/split_runs.h"
#include "tokenizer/tables.h"

namespace linnet::tokenizer {

struct TablesView {
  const TablesHeader* header = nullptr;
  std::span<const uint32_t> token_begins;
  std::span<const char> token_bytes;
  std::span<const uint32_t> ids_by_text;
  std::span<const AddedToken> added_tokens;
  std::span<const char> added_bytes;
  std::span<const TemplatePiece> single_template, pair_template;
  std::span<const NormalizerStep> normalizer;  // empty: the characters' entries are all of it
  std::span<const char> plain_tables;
  std::span<const uint16_t> page_of;
  std::span<const Step> steps;
  std::span<const uint32_t> sequences;
  std::span<const uint32_t> jamo;
  std::span<const WordSlot> word_slots;
  std::span<const uint16_t> displacements;
  std::span<const Node> nodes;
  std::span<const Failure> failures;
  std::span<const uint16_t> depths;
  std::span<const Emitted> emitted;

  uint64_t serial = 0;                         // of this view: no two of a process are equal
  size_t prefix_size = 0;                      // bytes of the continuing prefix
  AddedTokenSet raw_tokens, normalized_tokens;  // looked for before normalization, and after it
  // A normalized token is in no text without one of these characters; none where that says nothing.
  std::string normalized_triggers;
  std::vector<int32_t> special_ids;  // of special added tokens, in order
  // The normalizer as steps, where the general one may be needed.
  std::vector<NormalizerStep> bert_steps;
  std::shared_ptr<TablesView> plain_view;  // of plain_tables; null: these are plain

  ByteClasses ascii{};                         // what the steps say of ASCII
  SplitRuns split_runs = tokenizer::split_runs;  // or a faster one that does the same

  Step step(uint32_t scalar) const {
    return steps[page_of[scalar / kPageSize] * kPageSize + scalar % kPageSize];
  }
  std::string_view token(int32_t id) const {  // empty: there is no such id
    const auto at = static_cast<size_t>(id);
    if (id < 0 || at >= header->vocab_size) return {};
    return {token_bytes.data() + token_begins[at], token_begins[at + 1] - token_begins[at]};
  }
  std::string_view added(const AddedToken& token) const {
    return {added_bytes.data() + token.begin, token.size};
  }
  // False: surely not.
  bool may_hold_normalized_token(std::string_view text) const;
  std::span<const NormalizerStep> normalizer_steps() const {
    return normalizer.empty() ? std::span<const NormalizerStep>(bert_steps) : normalizer;
  }
  // For text that is normalized already.
  const TablesView& plain() const { return plain_view == nullptr ? *this : *plain_view; }

  // The id of a token of the vocabulary; -1: it has none. Not for the hot path.
  int32_t find_token(std::string_view text) const;
};

// BertNormalizer as steps.
std::vector<NormalizerStep> bert_normalizer(bool clean_text, bool handle_chinese_chars,
                                            bool strip_accents, bool lowercase);

// Checks everything that encode() relies on, so that no bytes whatever make it read outside `tables`.
// Fails with kCorrupt; `where` names the tables.
Result<TablesView> view_tables(std::span<const std::byte> tables, const std::string& where);

}  // namespace linnet::tokenizer
