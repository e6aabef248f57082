// tokenizer/build_automaton.h - tokens -> the automaton that cuts words into them (tables.h, Node).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/tables.h"

namespace linnet::tokenizer {

// A token as the automaton reads it: symbols of its scalars, from 1; a continuing one without its prefix.
struct TokenSymbols {
  std::vector<uint32_t> symbols;  // not empty
  int32_t id;
};

struct Automaton {
  std::vector<Node> nodes;
  std::vector<Failure> failures;  // [nodes]
  std::vector<uint16_t> depths;   // [nodes]
  std::vector<Emitted> emitted;
  uint32_t word_root = 0, piece_root = 0;
};

// words: what may begin a word; pieces: what may continue one. No two of either are equal. Tokens are at
// most 10,000 symbols long. `num_symbols` is the largest symbol.
Automaton build_automaton(std::vector<TokenSymbols> words, std::vector<TokenSymbols> pieces,
                          uint32_t num_symbols);

}  // namespace linnet::tokenizer
