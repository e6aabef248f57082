// engine/encoder_steps.h - what the steps of the encoder share, in fp32 and in int8.
#pragma once

#include <cstddef>

#include "engine/encoder.h"

namespace linnet::engine {

// What one call works with, so that the steps read like the paper.
struct Forward {
  const EncoderConfig& config;
  const kernels::Kernels& kernels;
  const PackedBatch& batch;
  Workspace& ws;
  Team team;
  const EncoderObserver* observe;
};

struct RowBlock {
  size_t begin, rows;
};

// The rows of a block that this worker of the team passes over.
inline RowBlock my_rows(const Forward& f, RowBlock block) {
  const Range rows = f.team.share(block.rows);
  return {block.begin + rows.begin, rows.size()};
}

// With int8 matrices (engine/encoder_int8.cc): hidden -> q, k, v for a block of rows, and all that comes
// between two attentions; next: the layer after this one, null after the last.
void project_qkv_int8(const Forward& f, const LayerWeights& layer, RowBlock block);
void between_attentions_int8(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                             RowBlock block);

// x [rows, 2f] (gate, up), rows of staging: x = act(gate) * up, in the first f columns.
void activate_gate(const Forward& f, float* x, size_t rows);

// Rows ids[0..rows-1] of an int8 table -> y [rows, n] without gaps.
void gather_rows(const Table& table, const int32_t* ids, size_t rows, size_t n, float* y);

}  // namespace linnet::engine
