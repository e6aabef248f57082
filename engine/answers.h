// engine/answers.h - start and end scores of tokens -> answers: QuestionAnsweringPipeline of
// transformers 4.57, select_starts_ends() and postprocess().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sequence.h"
#include "kernels/kernels.h"
#include "linnet/answerer.h"

namespace linnet::engine {

// Gathers the answers of one question, window by window.
class AnswerCollector {
 public:
  AnswerCollector(const AnswerOptions& options, std::string_view context, const Tokens& tokens)
      : options_(options), context_(context), tokens_(tokens) {}

  // logits [window.size(), 2]: how likely an answer starts, and ends, at a token of the window.
  void add_window(const Sequence& window, const float* logits, const kernels::Kernels& kernels);

  std::vector<Answer> best() const;

 private:
  struct Found {
    uint32_t begin, end;
    double score;
    std::string folded;  // in lower case: passages that differ in case alone are one
  };
  void add(uint32_t begin, uint32_t end, float score);

  const AnswerOptions& options_;
  std::string_view context_;
  const Tokens& tokens_;
  std::vector<Found> found_;
  float least_null_score_ = 1e6f;
};

}  // namespace linnet::engine
