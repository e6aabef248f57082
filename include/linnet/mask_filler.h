// linnet/mask_filler.h - the words that fit where a text says [MASK].
//
// For ...ForMaskedLM models (Task::kFill), as transformers' "fill-mask".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/task.h"

namespace linnet {

struct FillOptions {
  TaskOptions task = {};
  uint32_t top_k = 5;
  // Only these words are considered. One that is no token of the model stands for its first token, which
  // MaskFiller::notes() says.
  std::vector<std::string> targets = {};
};

struct Filling {
  int32_t token = 0;
  std::string token_str;
  float score = 0;       // the probability among all tokens
  std::string sequence;  // the text with the mask filled; with several masks the others stay
};

class MaskFiller {
 public:
  // kUnsupported when the tokenizer has no mask token.
  static Result<MaskFiller> create(const Model& model, const FillOptions& options = {});
  MaskFiller(MaskFiller&&) noexcept;
  MaskFiller& operator=(MaskFiller&&) noexcept;
  ~MaskFiller();

  const std::string& mask_token() const;           // "[MASK]"
  const std::vector<std::string>& notes() const;

  // fillings[i][m]: the top_k fillings of mask m of texts[i], the likeliest first. A text without a mask
  // among its first max_length tokens is kInvalidArgument. Adds to *stats when given.
  Status fill(std::span<const std::string_view> texts,
              std::vector<std::vector<std::vector<Filling>>>& fillings, EmbedStats* stats = nullptr,
              TextProblems problems = {});

  // The logits of the masks of one text, [masks, vocabulary].
  Status logits(std::string_view text, std::vector<float>& logits);

 private:
  struct Impl;
  explicit MaskFiller(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
