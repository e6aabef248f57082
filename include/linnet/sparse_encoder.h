// linnet/sparse_encoder.h - texts as weights of the vocabulary's tokens, for an inverted index.
//
// For ...ForMaskedLM models trained so (SPLADE: Formal et al. 2021): the weight of a token is the largest
// log(1 + max(logit, 0)) over the text's tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/task.h"

namespace linnet {

struct SparseOptions {
  TaskOptions task = {};
  uint32_t top_k = 0;                         // the heaviest tokens; 0: all whose weight is above 0
  LongText long_texts = LongText::kTruncate;  // kSplit: the largest weight of the windows
  uint32_t stride = 0;                        // kSplit: tokens that two windows share
};

struct SparseVector {
  std::vector<int32_t> tokens;  // the heaviest first, of equal ones the lower id
  std::vector<float> weights;
};

class SparseEncoder {
 public:
  static Result<SparseEncoder> create(const Model& model, const SparseOptions& options = {});
  SparseEncoder(SparseEncoder&&) noexcept;
  SparseEncoder& operator=(SparseEncoder&&) noexcept;
  ~SparseEncoder();

  // vectors[i] becomes that of texts[i]. Adds to *stats when given.
  Status encode(std::span<const std::string_view> texts, std::vector<SparseVector>& vectors,
                EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit SparseEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
