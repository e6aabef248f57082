// engine/encoder.h - the BERT encoder: token ids of a packed batch -> hidden states.
//
// Devlin et al. 2018; BertModel.forward in transformers (models/bert/modeling_bert.py). Only
// attention couples rows: everything between two attentions runs for one block of rows through all
// its matrices before the next block starts.
#pragma once

#include "engine/config.h"
#include "engine/encoder_weights.h"
#include "engine/packed_batch.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// Leaves the last hidden state of every token in ws.hidden [T, h]. Every id, type and position of
// the batch is within its table. When `observe` is given it is called with ws.hidden after the
// embeddings (layer 0) and after each layer (1, 2, ...).
struct HiddenStateObserver {
  void (*call)(void* context, size_t layer, const float* hidden, size_t stride);
  void* context;
};
void encoder_forward(const EncoderConfig& config, const EncoderWeights& weights,
                     const kernels::Kernels& kernels, const PackedBatch& batch, Workspace& ws,
                     const HiddenStateObserver* observe = nullptr);

}  // namespace linnet::engine
