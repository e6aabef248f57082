// tokenizer/vocab_txt.h - reads vocab.txt with tokenizer_config.json: a folder without tokenizer.json.
#pragma once

#include <string>
#include <vector>

#include "linnet/status.h"
#include "tokenizer/build_tables.h"

namespace linnet::tokenizer {

// One token a line, the id is the line's number from 0. Lines end as Python's text files do: LF, CR LF
// or CR.
Result<std::vector<std::string>> read_vocab_lines(const std::string& path);

// Which tokens are [CLS], [SEP], [PAD] and [MASK] by tokenizer_config.json and special_tokens_map.json.
Status read_special_names(const std::string& folder, TokenizerSpec& spec);

// The vocab.txt at `path` with the settings and special tokens of tokenizer_config.json and special_tokens_map.json,
// as transformers' BertTokenizer and MPNetTokenizer read them.
Result<TokenizerSpec> read_vocab_txt(const std::string& folder, const std::string& path);

}  // namespace linnet::tokenizer
