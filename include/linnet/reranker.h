// linnet/reranker.h - how well documents answer a query: a classifier of pairs with one output.
//
// For ...ForSequenceClassification models with one label ("cross-encoders"), as CrossEncoder of
// sentence-transformers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "linnet/task.h"

namespace linnet {

struct RerankOptions {
  TaskOptions task = {};
  bool raw = false;  // logits, whatever the model says; else its sigmoid, or logits where it says so
};

class Reranker {
 public:
  // kInvalidArgument for a model with more outputs than one.
  static Result<Reranker> create(const Model& model, const RerankOptions& options = {});
  Reranker(Reranker&&) noexcept;
  Reranker& operator=(Reranker&&) noexcept;
  ~Reranker();

  // documents [n] -> scores [n]. The query is tokenized once. Of a pair that is too long the longer text
  // gives way first. Adds to *stats when given: a document is a text.
  Status score(std::string_view query, std::span<const std::string_view> documents,
               std::span<float> scores, EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit Reranker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
