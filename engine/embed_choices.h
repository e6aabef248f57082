// engine/embed_choices.h - what EmbedOptions and a model make of each other.
#pragma once

#include <cstddef>
#include <string>

#include "engine/embedding_head.h"
#include "linnet/embedder.h"
#include "linnet/status.h"

namespace linnet::engine {

struct EmbedChoices {
  EmbeddingHead head;
  std::string prompt;        // written before each text
  size_t prompt_tokens = 0;  // [CLS] and those of the prompt; 0: there is none
};

// The prompt is chosen as by SentenceTransformer._resolve_prompt, and its tokens are counted as by
// Transformer._get_prompt_length: head leaves them out where the model's include_prompt is false.
// kInvalidArgument: more numbers than a vector has; a prompt name that the model does not have, or beside a
// prompt; a prompt that leaves no room for a text in max_length tokens.
Result<EmbedChoices> embed_choices(const Model& model, const EmbedOptions& options, size_t max_length);

}  // namespace linnet::engine
