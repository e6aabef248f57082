// engine/encoder_steps.h - what the steps of the encoder share, in fp32, in int8 and in MobileBERT.
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

inline size_t num_blocks(size_t tokens) { return (tokens + kBlockRows - 1) / kBlockRows; }

// Block b of n: sizes differ by at most one row, so no block is a small remainder.
inline RowBlock row_block(size_t tokens, size_t b, size_t n) {
  const size_t begin = tokens * b / n;
  return {begin, tokens * (b + 1) / n - begin};
}

// The rows of a block that this worker of the team passes over.
inline RowBlock my_rows(const Forward& f, RowBlock block) {
  const Range rows = f.team.share(block.rows);
  return {block.begin + rows.begin, rows.size()};
}

// The bytes of `mine`, which are rows of `block`.
inline kernels::QuantizedRows bytes_of(const Forward& f, RowBlock mine, RowBlock block) {
  kernels::QuantizedRows bytes = f.ws.bytes();
  const size_t first = mine.begin - block.begin;
  bytes.values += first * bytes.ld;
  bytes.scale += first;
  bytes.zero += first;
  return bytes;
}

// With int8 matrices (engine/encoder_int8.cc): hidden -> q, k, v for a block of rows, and all that comes
// between two attentions; next: the layer after this one, null after the last.
void project_qkv_int8(const Forward& f, const LayerWeights& layer, RowBlock block);
void between_attentions_int8(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                             RowBlock block);

// The same of MobileBERT, in either precision, and its embeddings (engine/encoder_mobilebert.cc).
void embed_mobilebert(const Forward& f, const EncoderWeights& weights);
void project_mobilebert(const Forward& f, const LayerWeights& layer, RowBlock block);
void between_attentions_mobilebert(const Forward& f, const LayerWeights& layer, const LayerWeights* next,
                                   RowBlock block);

// Rows ids[0..rows-1] of a table of bytes or of panels -> y [rows, n] without gaps (engine/gather_rows.cc).
void gather_rows(const Table& table, const int32_t* ids, size_t rows, size_t n, float* y);

}  // namespace linnet::engine
