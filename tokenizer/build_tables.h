// tokenizer/build_tables.h - settings and vocabulary -> the tables of tables.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "linnet/status.h"
#include "tokenizer/normalized_text.h"
#include "tokenizer/tables.h"

namespace linnet::tokenizer {

// One tokenizer, whatever files it came from.
struct TokenizerSpec {
  struct Added {
    std::string content;
    int32_t id;
    bool special;
    bool in_vocab = true;  // false: found in the text as such, but not as a piece of a word
    bool lstrip = false, rstrip = false, single_word = false, normalized = false;
  };
  bool clean_text = true, handle_chinese_chars = true, strip_accents = true, lowercase = true;
  std::vector<NormalizerStep> normalizer;    // instead of these four, where they cannot say it
  uint32_t max_chars_per_word = 100;
  std::string continuing_prefix = "##";
  std::string unk = "[UNK]", cls = "[CLS]", sep = "[SEP]", pad = "[PAD]", mask = "[MASK]";
  std::vector<std::string> vocab;            // by id; empty: no such id
  std::vector<Added> added;                  // recognized in the text before anything else
  std::vector<TemplatePiece> single_template = {{kFirstText, 0}};
  std::vector<TemplatePiece> pair_template = {{kFirstText, 0}, {kSecondText, 1}};
  bool trims_offsets = false;
  bool has_decoder = true, decodes_cleanly = true;

  size_t num_special_tokens() const { return single_template.size() - 1; }  // around a single text
};

// [CLS] A [SEP] and [CLS] A [SEP] B [SEP] with type ids 0 and 1.
void set_bert_templates(TokenizerSpec& spec, int32_t cls, int32_t sep);
// <s> A </s> and <s> A </s> </s> B </s>, all of type 0.
void set_roberta_templates(TokenizerSpec& spec, int32_t cls, int32_t sep);

// Fails with kCorrupt or kUnsupported, naming `where`.
Result<std::vector<std::byte>> build_tables(const TokenizerSpec& spec, const std::string& where);

}  // namespace linnet::tokenizer
