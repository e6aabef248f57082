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

// vocab.txt with the settings of tokenizer_config.json, as transformers' BertTokenizer reads them.
Result<TokenizerSpec> read_vocab_txt(const std::string& folder);

}  // namespace linnet::tokenizer
