// linnet/answerer.h - a question and a text in; the passages that answer it out.
//
// For ...ForQuestionAnswering models (Task::kAnswer), as "question-answering" of transformers 4.
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

struct AnswerOptions {
  TaskOptions task = {};             // max_length 0: the model's, but at most 384
  uint32_t top_k = 1;           // answers to a question, at most
  uint32_t max_answer_tokens = 15;
  // Tokens that two windows of a long context share. 0: half of max_length, at most 128. Where a long
  // question leaves less room than that, half of the room.
  uint32_t stride = 0;
  bool no_answer = false;       // an empty answer may be the best one
  bool align_to_words = true;   // answers are whole words
};

struct Question {
  std::string_view question, context;
};

struct Answer {
  std::string answer;           // the passage; "" with no_answer: the context does not say
  float score = 0;              // summed over places and windows with the same passage: may exceed 1
  uint32_t begin = 0, end = 0;  // bytes into the context
};

class Answerer {
 public:
  static Result<Answerer> create(const Model& model, const AnswerOptions& options = {});
  Answerer(Answerer&&) noexcept;
  Answerer& operator=(Answerer&&) noexcept;
  ~Answerer();

  // answers[i] becomes those of questions[i], the best first; none where the context has no tokens.
  // A context is read to its end, in windows. Adds to *stats when given: a question is a text.
  Status answer(std::span<const Question> questions, std::vector<std::vector<Answer>>& answers,
                EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit Answerer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
