// tokenizer/tokenizer_json.h - reads the tokenizer.json of Hugging Face `tokenizers`.
#pragma once

#include <string>

#include "linnet/status.h"
#include "tokenizer/build_tables.h"

namespace linnet::tokenizer {

// Truncation and padding blocks are not read. Whatever else would tokenize or decode differently from what
// Linnet does is an error that names the field.
Result<TokenizerSpec> read_tokenizer_json(const std::string& path);

}  // namespace linnet::tokenizer
