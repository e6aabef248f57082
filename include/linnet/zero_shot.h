// linnet/zero_shot.h - texts sorted under labels that no training saw: does the text entail "This example
// is about LABEL."?
//
// For natural language inference models: ...ForSequenceClassification with a label that starts with
// "entail". As transformers' "zero-shot-classification".
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "linnet/task.h"

namespace linnet {

struct ZeroShotOptions {
  TaskOptions task = {};
  std::vector<std::string> labels = {};                  // at least one
  std::string hypothesis = "This example is {}.";      // {} is the label
  // Several labels may be true: each by itself, entailment against contradiction. Else the labels compete:
  // a softmax over their entailments. One label alone is always by itself.
  bool multi_label = false;
};

class ZeroShot {
 public:
  // kInvalidArgument for a model without an entailment label, no labels, or a hypothesis without {}.
  static Result<ZeroShot> create(const Model& model, const ZeroShotOptions& options);
  ZeroShot(ZeroShot&&) noexcept;
  ZeroShot& operator=(ZeroShot&&) noexcept;
  ~ZeroShot();

  // texts [n] -> scores [n, labels]. A text that is too long loses its end, a hypothesis never does.
  // Adds to *stats when given.
  Status score(std::span<const std::string_view> texts, std::span<float> scores,
               EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit ZeroShot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
