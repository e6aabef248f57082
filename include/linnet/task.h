// linnet/task.h - what the classes of all tasks share: Classifier, Reranker, ZeroShot, Tagger, Answerer,
// MaskFiller, SparseEncoder, and TokenEmbedder, WindowEmbedder and Attender.
//
// Each is made from a Model whose task (Model::info().task) it serves, the last three from any, and holds its
// workers' memory. One caller at a time uses it; make one for each caller, they share the model. Results depend on
// the text alone, to the last bit: not on the batch, its order, the threads or the CPU.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "linnet/embedder.h"  // EmbedStats, Mode
#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet {

struct TaskOptions {
  uint32_t max_length = 0;   // tokens, special ones included; 0: the model's
  uint32_t num_threads = 1;  // workers, each with a workspace of its own
  Mode mode = Mode::kAuto;   // how they share the work
};

// A text that has more tokens than max_length.
enum class LongText : uint32_t {
  kTruncate,  // its first tokens are read, and it is counted in EmbedStats::truncated
  kSplit,     // all of it is read, in overlapping windows
  kError,     // it is an error
};

// A text, or two that are read together ("premise" and "hypothesis").
struct TextPair {
  std::string_view text;
  std::string_view pair = {};
  bool has_pair = false;
};

// Where a call takes `problems` [texts], a text that cannot be computed leaves its Status there and the
// others are computed; without it the first such text ends the call.
using TextProblems = std::span<Status>;

}  // namespace linnet
