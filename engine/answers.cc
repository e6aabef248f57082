#include "engine/answers.h"

#include <algorithm>

#include "engine/task_head.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::engine {
namespace {

struct Span {
  size_t start, end;  // of the window's context tokens, both within
  float score;
};

// The spans of the highest scores; of equal ones the first.
std::vector<Span> best_spans(std::span<const float> starts, std::span<const float> ends,
                             size_t max_tokens, size_t count) {
  const auto better = [](const Span& a, const Span& b) {
    return a.score != b.score ? a.score > b.score
                              : a.start != b.start ? a.start < b.start : a.end < b.end;
  };
  std::vector<Span> best;  // a heap with the worst on top
  for (size_t s = 0; s < starts.size(); ++s) {
    for (size_t e = s; e < std::min(starts.size(), s + max_tokens); ++e) {
      const Span span{s, e, starts[s] * ends[e]};
      if (best.size() == count && !better(span, best.front())) continue;
      best.push_back(span);
      std::push_heap(best.begin(), best.end(), better);
      if (best.size() <= count) continue;
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
  }
  std::sort_heap(best.begin(), best.end(), better);
  return best;
}

std::string lower_case(std::string_view text) {
  std::string folded;
  for (size_t at = 0; at < text.size();) {
    const tokenizer::Decoded decoded = tokenizer::decode_utf8(text.substr(at));
    at += decoded.size;
    const tokenizer::ScalarSequence lower = tokenizer::lowercase(decoded.scalar);
    for (size_t i = 0; i < lower.size; ++i) {
      char bytes[4];
      folded.append(bytes, tokenizer::encode_utf8(lower.scalars[i], bytes));
    }
  }
  return folded;
}

}  // namespace

void AnswerCollector::add_window(const Sequence& window, const float* logits,
                                 const kernels::Kernels& kernels) {
  // [CLS], which stands for no answer, and the context; the question cannot be in the answer.
  const size_t n = window.last - window.first;
  std::vector<float> starts(n + 1), ends(n + 1);
  for (size_t i = 0; i <= n; ++i) {
    const size_t row = i == 0 ? 0 : window.first + i - 1;
    starts[i] = logits[2 * row];
    ends[i] = logits[2 * row + 1];
  }
  softmax(kernels, starts);
  softmax(kernels, ends);
  least_null_score_ = std::min(least_null_score_, starts[0] * ends[0]);

  // Words make several spans one, so more are looked at than are asked for.
  const size_t count = options_.align_to_words ? 2 * size_t{options_.top_k} + 10 : options_.top_k;
  const auto spans = best_spans(std::span(starts).subspan(1), std::span(ends).subspan(1),
                                options_.max_answer_tokens, count);
  for (const Span& span : spans) {
    size_t first = window.begin + span.start, last = window.begin + span.end;
    if (options_.align_to_words) {
      const size_t begin = window.begin, end = window.begin + n;
      while (first > begin && tokens_.word_ids[first - 1] == tokens_.word_ids[first]) --first;
      while (last + 1 < end && tokens_.word_ids[last + 1] == tokens_.word_ids[last]) ++last;
    }
    add(tokens_.spans[first].begin, tokens_.spans[last].end, span.score);
  }
}

void AnswerCollector::add(uint32_t begin, uint32_t end, float score) {
  std::string folded = lower_case(context_.substr(begin, end - begin));
  for (Found& found : found_) {
    if (found.folded != folded) continue;
    found.score += static_cast<double>(score);
    return;
  }
  found_.push_back({begin, end, static_cast<double>(score), std::move(folded)});
}

std::vector<Answer> AnswerCollector::best() const {
  std::vector<Found> all = found_;
  if (options_.no_answer) all.push_back({0, 0, static_cast<double>(least_null_score_), {}});
  std::stable_sort(all.begin(), all.end(),
                   [](const Found& a, const Found& b) { return a.score > b.score; });
  if (all.size() > options_.top_k) all.resize(options_.top_k);
  std::vector<Answer> answers;
  for (const Found& found : all) {
    answers.push_back({std::string(context_.substr(found.begin, found.end - found.begin)),
                       static_cast<float>(found.score), found.begin, found.end});
  }
  return answers;
}

}  // namespace linnet::engine
