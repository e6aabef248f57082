// tokenizer/build_words.h - short words that are tokens -> the table of tables.h, WordSlot.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {

struct WordTable {
  std::vector<WordSlot> slots;            // a power of two
  std::vector<uint16_t> displacements;    // a power of two
  uint64_t seed = 0;
};

// words: 1 to 12 bytes without a zero, no two equal, and the id of each.
WordTable build_words(const std::vector<std::pair<std::string, int32_t>>& words);

}  // namespace linnet::tokenizer
