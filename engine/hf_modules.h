// engine/hf_modules.h - the sentence-transformers modules of a folder: what turns token vectors into
// one vector a text. Reads both layouts, of versions 2 to 5 and of version 6.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config.h"
#include "linnet/status.h"

namespace linnet::engine {

struct HfModules {
  std::string transformer_folder;           // where config.json, weights and tokenizer are
  Pooling pooling = Pooling::kMean;
  std::vector<DenseConfig> dense;
  std::vector<std::string> dense_folders;   // of their weights
  bool normalize = false;
  std::vector<Prompt> prompts;
  std::string default_prompt_name;          // of one of prompts, or empty
  bool include_prompt = true;
  std::optional<uint32_t> max_length;       // max_seq_length, when it is given
  bool lowercase_first = false;             // do_lower_case
  std::vector<std::string> notes;
};

// Without modules.json: mean pooling, not normalized, and a note that says so, as
// sentence-transformers does. A module or a pooling mode that would change the vectors and is not
// supported is an error that names it.
Result<HfModules> read_hf_modules(const std::string& folder);

}  // namespace linnet::engine
