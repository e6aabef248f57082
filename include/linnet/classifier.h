// linnet/classifier.h - texts, or pairs of texts, in; a score for each label out.
//
// For ...ForSequenceClassification models (Task::kClassify), as transformers' "text-classification".
//
//   auto classifier = linnet::Classifier::create(model);
//   std::vector<float> scores(texts.size() * classifier.value().num_labels());
//   linnet::Status status = classifier.value().logits(texts, scores);
//   classifier.value().to_scores(scores);
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "linnet/task.h"

namespace linnet {

struct ClassifyOptions {
  TaskOptions task = {};
  LongText long_texts = LongText::kTruncate;  // kSplit: the mean of the windows' logits; no pairs
  uint32_t stride = 0;                        // kSplit: tokens that two windows share
};

class Classifier {
 public:
  static Result<Classifier> create(const Model& model, const ClassifyOptions& options = {});
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  size_t num_labels() const { return labels().size(); }
  const std::vector<std::string>& labels() const;
  ProblemType problem() const;

  // inputs [n] -> logits [n, num_labels()], row i for input i. Of a pair that is too long the longer text
  // gives way first. Adds to *stats when given.
  Status logits(std::span<const TextPair> inputs, std::span<float> logits,
                EmbedStats* stats = nullptr, TextProblems problems = {});

  // logits [n, num_labels()] -> scores in place: softmax, sigmoid, or as they are, by problem().
  Status to_scores(std::span<float> logits) const;

 private:
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
