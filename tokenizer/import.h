// tokenizer/import.h - a Hugging Face folder's tokenizer files -> tables for WordPiece.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "linnet/status.h"

namespace linnet::tokenizer {

struct ImportedTokenizer {
  std::vector<std::byte> tables;          // for WordPiece::from_tables; the same on every machine
  std::optional<uint64_t> model_max_length;  // of tokenizer_config.json, when it is a sane number
  bool lowercase = false;                 // the normalizer lowercases
  size_t num_special_tokens = 0;          // that every text gets
  std::vector<std::string> warnings;      // one sentence each, naming the file, not its folder
};

// Reads tokenizer.json where there is one (it decides, as in Hugging Face; a differing vocab.txt is
// one warning that names the first id that differs), else vocab.txt with tokenizer_config.json.
// Truncation and padding blocks are not applied. Whatever cannot be reproduced exactly is an error
// that names the file and the field. `vocab_size` is the model's, from config.json: an id beyond it
// is an error. Fails with kNotFound, kCorrupt or kUnsupported.
// `path` is a folder, or a tokenizer.json or vocab.txt, which then decides.
Result<ImportedTokenizer> import_tokenizer(const std::string& path, uint32_t vocab_size);

}  // namespace linnet::tokenizer
