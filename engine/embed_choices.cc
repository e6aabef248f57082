#include "engine/embed_choices.h"

#include <algorithm>
#include <vector>

#include "engine/model_impl.h"

namespace linnet::engine {
namespace {

// The text that the options choose of the model's prompts.
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

// The tokens of a prompt alone without a last [SEP].
Result<size_t> count_tokens(const tokenizer::WordPiece& wordpiece, const std::string& prompt,
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

}  // namespace

Result<EmbedChoices> embed_choices(const Model& model, const EmbedOptions& options, size_t max_length) {
  const ModelInfo& info = model.info();
  if (options.dimension > info.dimension) {
    return Status{Code::kInvalidArgument, "dimension " + std::to_string(options.dimension) +
                                              ", expected 1 to " + std::to_string(info.dimension) +
                                              ", the numbers a vector of this model has"};
  }
  const Result<std::string> prompt = choose_prompt(info, options);
  if (!prompt.ok()) return prompt.status();
  const Result<size_t> tokens =
      count_tokens(model.impl().tokenizer_impl->wordpiece, prompt.value(), max_length);
  if (!tokens.ok()) return tokens.status();
  return EmbedChoices{.head = {.pooling = options.pooling.value_or(info.pooling),
                               .normalize = options.normalize.value_or(info.normalize),
                               .dimension = options.dimension == 0 ? info.dimension : options.dimension,
                               .skipped_tokens = info.include_prompt ? 0 : tokens.value()},
                      .prompt = prompt.value(),
                      .prompt_tokens = tokens.value()};
}

}  // namespace linnet::engine
