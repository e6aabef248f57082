#include "tokenizer/build_chars.h"

#include <algorithm>
#include <map>

#include "tokenizer/unicode.h"

namespace linnet::tokenizer {
namespace {

CharKind kind_of_normalized(uint32_t scalar) {
  if (is_whitespace(scalar)) return CharKind::kSpace;
  return is_punctuation(scalar) ? CharKind::kIsolated : CharKind::kWord;
}

// BertNormalizer's steps in its order - clean, space out Chinese, strip accents, lowercase - then
// BertPreTokenizer, for one scalar.
CharEntry entry_of(const TokenizerSpec& spec, uint32_t scalar, CharTables& tables) {
  if (spec.clean_text && is_dropped_by_clean_text(scalar)) return make_step(CharKind::kDrop, 0);
  const bool chinese = spec.handle_chinese_chars && is_chinese(scalar);
  if (spec.strip_accents && scalar >= kFirstHangul && scalar <= kLastHangul) {
    return make_step(CharKind::kHangul, 0);
  }

  std::vector<uint32_t> result;
  bool reorder = false;
  const ScalarSequence decomposed =
      spec.strip_accents ? decompose(scalar) : ScalarSequence{{scalar}, 1};
  for (size_t i = 0; i < decomposed.size; ++i) {
    const uint32_t part = decomposed.scalars[i];
    if (spec.strip_accents && is_nonspacing_mark(part)) continue;
    reorder = reorder || (spec.strip_accents && combining_class(part) != 0);
    const ScalarSequence lowered = spec.lowercase ? lowercase(part) : ScalarSequence{{part}, 1};
    result.insert(result.end(), lowered.scalars, lowered.scalars + lowered.size);
  }
  if (result.empty()) return make_step(CharKind::kDrop, 0);
  if (result.size() == 1) {
    const uint32_t becomes = result[0] == scalar ? 0 : result[0];
    const CharKind kind = chinese ? CharKind::kIsolated : kind_of_normalized(result[0]);
    return make_step(kind, becomes) | (reorder ? kReorderFlag : 0u);
  }
  const auto at = static_cast<uint32_t>(tables.sequences.size());
  tables.sequences.push_back(static_cast<uint32_t>(result.size()));
  for (const uint32_t part : result) {
    tables.sequences.push_back(make_step(kind_of_normalized(part), part));
  }
  return make_step(CharKind::kSequence, at) | (reorder ? kReorderFlag : 0u);
}

// Pages of elements: most are equal to another one, which stands for them.
struct Pages {
  std::vector<uint16_t> page_of;
  std::vector<uint32_t> elements;
  std::map<std::vector<uint32_t>, uint16_t> known;

  void add(const std::vector<uint32_t>& page, bool always) {
    const auto next = static_cast<uint16_t>(elements.size() / kPageSize);
    const auto [at, is_new] = known.emplace(page, next);
    if (is_new || always) elements.insert(elements.end(), page.begin(), page.end());
    page_of.push_back(is_new || always ? next : at->second);
  }
};

}  // namespace

CharTables build_chars(const TokenizerSpec& spec) {
  CharTables tables;
  Pages pages;
  std::vector<uint32_t> page(kPageSize);
  for (uint32_t scalar = 0; scalar < kScalars;) {
    const CharEntry entry = entry_of(spec, scalar, tables);
    for (const uint32_t end = alike_until(scalar); scalar < end; ++scalar) {
      page[scalar % kPageSize] = entry;
      if (scalar % kPageSize == kPageSize - 1) pages.add(page, false);
    }
  }
  tables.page_of = std::move(pages.page_of);
  tables.entries = std::move(pages.elements);
  return tables;
}

StepTables build_steps(const CharTables& chars, const std::vector<uint32_t>& symbols,
                       const std::vector<uint32_t>& ids) {
  const auto step_of = [&](CharEntry entry, uint32_t scalar) -> Step {
    const uint32_t becomes = payload_of(entry) == 0 ? scalar : payload_of(entry);
    const CharKind kind = kind_of(entry);
    const Step flag = entry & kReorderFlag;
    if (kind == CharKind::kWord) return make_step(kind, symbols[becomes]) | flag;
    if (kind == CharKind::kIsolated) return make_step(kind, ids[becomes]) | flag;
    return entry;
  };
  StepTables tables;
  Pages pages;
  std::vector<uint32_t> page(kPageSize);
  for (uint32_t scalar = 0; scalar < kScalars; ++scalar) {
    page[scalar % kPageSize] = step_of(chars.entry(scalar), scalar);
    if (scalar % kPageSize == kPageSize - 1) pages.add(page, scalar < kDirectSteps);
  }
  tables.page_of = std::move(pages.page_of);
  tables.steps = std::move(pages.elements);
  for (size_t at = 0; at < chars.sequences.size();) {
    const uint32_t size = chars.sequences[at];
    tables.sequences.push_back(size);
    for (uint32_t i = 1; i <= size; ++i) tables.sequences.push_back(step_of(chars.sequences[at + i], 0));
    at += size + 1;
  }
  return tables;
}

}  // namespace linnet::tokenizer
