// engine/hf_write_tokenizer.h - a vocabulary -> the folder that AutoTokenizer reads.
#pragma once

#include <string>
#include <vector>

#include "linnet/status.h"
#include "linnet/train.h"

namespace linnet::engine {

// vocab.txt, tokenizer.json and tokenizer_config.json of a BertTokenizer. `vocab` is by id and holds the
// options' special tokens. Each file appears whole or not at all.
Status write_tokenizer(const std::string& folder, const std::vector<std::string>& vocab,
                       const VocabOptions& options);

}  // namespace linnet::engine
