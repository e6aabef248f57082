// tokenizer/build_tables.h - settings and vocabulary -> the tables of tables.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "linnet/status.h"

namespace linnet::tokenizer {

// One tokenizer, whatever files it came from.
struct TokenizerSpec {
  struct Added {
    std::string content;
    int32_t id;
    bool special;
    bool in_vocab = true;  // false: found in the text as such, but not as a piece of a word
  };
  bool clean_text = true, handle_chinese_chars = true, strip_accents = true, lowercase = true;
  uint32_t max_chars_per_word = 100;
  std::string continuing_prefix = "##";
  std::string unk = "[UNK]", cls = "[CLS]", sep = "[SEP]", pad = "[PAD]", mask = "[MASK]";
  std::vector<std::string> vocab;            // by id; empty: no such id
  std::vector<Added> added;                  // recognized in the text before anything else
  std::vector<int32_t> prefix_ids, suffix_ids;   // around a single text
};

// Fails with kCorrupt or kUnsupported, naming `where`.
Result<std::vector<std::byte>> build_tables(const TokenizerSpec& spec, const std::string& where);

}  // namespace linnet::tokenizer
