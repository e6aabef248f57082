#include "engine/prompt.h"

#include <algorithm>
#include <vector>

namespace linnet::engine {

Result<std::string> choose_prompt(const ModelInfo& info, const EmbedOptions& options) {
  if (options.prompt && options.prompt_name) {
    return Status{Code::kInvalidArgument, "a prompt is given and the name of one, " +
                                              *options.prompt_name + ": expected one of the two"};
  }
  if (options.prompt) return *options.prompt;
  const std::string name = options.prompt_name.value_or(info.default_prompt_name);
  if (!options.prompt_name && name.empty()) return std::string();
  std::string names;
  for (const Prompt& prompt : info.prompts) {
    if (prompt.name == name) return prompt.text;
    names += (names.empty() ? "" : ", ") + prompt.name;
  }
  return Status{Code::kInvalidArgument,
                "prompt name " + name + ": " +
                    (names.empty() ? "this model has no prompts" : "expected one of " + names)};
}

Result<size_t> prompt_tokens(const tokenizer::WordPiece& wordpiece, const std::string& prompt,
                             size_t max_length) {
  if (prompt.empty()) return size_t{0};
  std::vector<int32_t> ids(max_length);
  tokenizer::Scratch scratch;
  const auto encoded = wordpiece.encode(prompt, {}, {.ids = ids.data(), .capacity = max_length}, scratch);
  const bool sep = ids[encoded.num_tokens - 1] == wordpiece.info().sep_id;
  const size_t tokens = encoded.num_tokens - (sep ? 1 : 0);
  if (!encoded.truncated && encoded.num_tokens < max_length) return tokens;
  return Status{Code::kInvalidArgument, "the prompt fills all " + std::to_string(max_length) +
                                            " tokens of max_length, expected room for a text"};
}

}  // namespace linnet::engine
