// engine/encoder.h - the BERT encoder: token ids of a packed batch -> hidden states.
//
// Devlin et al. 2018; BertModel.forward in transformers (models/bert/modeling_bert.py). Only
// attention couples rows: everything between two attentions runs for one block of rows through all
// its matrices before the next block starts.
#pragma once

#include "engine/config.h"
#include "engine/encoder_weights.h"
#include "engine/packed_batch.h"
#include "engine/team.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// Who looks on. Any function may be null.
struct EncoderObserver {
  void* context = nullptr;
  // ws.hidden after the embeddings (layer 0) and after each layer (1, 2, ...).
  void (*hidden)(void* context, size_t layer, const float* hidden, size_t stride) = nullptr;
  // Before the attention of a layer (0, 1, ...): its queries and keys are in ws.q and ws.k.
  void (*queries_and_keys)(void* context, size_t layer) = nullptr;
  // What an fp32 matrix of a layer is about to be multiplied with: x [rows, linear.in].
  void (*input)(void* context, const Linear& linear, const float* x, size_t ldx, size_t rows) = nullptr;
};

// Which rows of the last hidden state the caller reads.
enum class OutputRows {
  kAll,    // of every token, where the batch has it
  kFirst,  // of each text's first token, text i's in row i: the last layer computes no others
};

struct ForwardOptions {
  OutputRows rows = OutputRows::kAll;
  Team team = {};  // whose workers all make this call, with the same arguments but for Team::worker
  const EncoderObserver* observer = nullptr;  // for a worker alone
};

// Leaves the last hidden state in ws.hidden [T, h]. Every id, type and position of the batch is within its
// table. A team's workers return when the last of them has finished.
void encoder_forward(const EncoderConfig& config, const EncoderWeights& weights,
                     const kernels::Kernels& kernels, const PackedBatch& batch, Workspace& ws,
                     const ForwardOptions& options = {});

}  // namespace linnet::engine
