// engine/classify.h - the first token's logits of many sequences: what Classifier, Reranker and ZeroShot
// are made of.
#pragma once

#include <span>

#include "engine/sequence_runner.h"

namespace linnet::engine {

// Rows that go through a classifier's head at a time: a chunk of short texts.
constexpr size_t kClassifyRows = 64;

// sequences [n] -> logits [n, labels].
Status classify_sequences(SequenceRunner& runner, std::span<const Sequence* const> sequences,
                          std::span<float> logits);

}  // namespace linnet::engine
