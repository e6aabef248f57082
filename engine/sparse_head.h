// engine/sparse_head.h - the largest logit of every vocabulary entry over a text's tokens.
#pragma once

#include <functional>

#include "engine/packed_batch.h"
#include "engine/task_head.h"

namespace linnet::engine {

// Columns of logits that exist at a time: the matrix [tokens, vocabulary] never does.
constexpr size_t kSparsePanels = 8, kSparseColumns = kSparsePanels * 16;

// take(text, first, count, largest): the largest logits of a text of `batch` for vocabulary entries first ..
// first + count - 1, block after block. x: what the head's last matrix, `output`, reads of each token.
void largest_logits(const kernels::Kernels& kernels, const Linear& output, const Rows& x,
                    const PackedBatch& batch, HeadWorkspace& ws,
                    const std::function<void(size_t, size_t, size_t, const float*)>& take);

}  // namespace linnet::engine
