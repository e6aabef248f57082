// engine/prompt.h - which prompt is written before each text.
#pragma once

#include <cstddef>
#include <string>

#include "linnet/embedder.h"
#include "linnet/status.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {

// The text that the options choose of the model's prompts: SentenceTransformer._resolve_prompt. A name that
// the model does not have is kInvalidArgument, and so is a name beside a text.
Result<std::string> choose_prompt(const ModelInfo& info, const EmbedOptions& options);

// The tokens of a prompt alone without a last [SEP]: what pooling leaves out where include_prompt is false.
// Transformer._get_prompt_length of sentence-transformers. kInvalidArgument when a text of max_length tokens
// would have no other.
Result<size_t> prompt_tokens(const tokenizer::WordPiece& wordpiece, const std::string& prompt,
                             size_t max_length);

}  // namespace linnet::engine
