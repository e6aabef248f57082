// tokenizer/build_chars.h - what a tokenizer's normalizer and pre-tokenizer make of every Unicode scalar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/build_tables.h"
#include "tokenizer/tables.h"

namespace linnet::tokenizer {

// A Step that still names scalars: the payload of kWord and kIsolated is the scalar it becomes, 0 for itself.
using CharEntry = Step;

struct CharTables {
  std::vector<uint16_t> page_of;      // [kNumPages]
  std::vector<CharEntry> entries;     // [pages * kPageSize]: equal pages are stored once
  std::vector<uint32_t> sequences;    // a length, then that many CharEntry of kWord, kIsolated or kSpace

  CharEntry entry(uint32_t scalar) const {
    return entries[page_of[scalar / kPageSize] * kPageSize + scalar % kPageSize];
  }
};

CharTables build_chars(const TokenizerSpec& spec);

// The tables that encoding reads: entries whose scalars have become symbols and ids. symbols [0x110000]: of
// each scalar, 0 for none; ids [0x110000]: of the token that is this scalar alone.
struct StepTables {
  std::vector<uint16_t> page_of;
  std::vector<Step> steps;
  std::vector<uint32_t> sequences;
};
StepTables build_steps(const CharTables& chars, const std::vector<uint32_t>& symbols,
                       const std::vector<uint32_t>& ids);

}  // namespace linnet::tokenizer
