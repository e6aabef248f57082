// engine/pipeline.h - texts -> vectors: the one place that knows tokenizer and encoder.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/config.h"
#include "engine/embedding_head.h"
#include "engine/encoder_weights.h"
#include "engine/packed_batch.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"
#include "linnet/embedder.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {

// What all workers of a call share and never change.
struct Pipeline {
  const ModelConfig& config;
  const EncoderWeights& weights;
  const kernels::Kernels& kernels;
  const tokenizer::WordPiece& wordpiece;
  EmbeddingHead head;
  std::string prompt;  // written before each text
  size_t max_length;
  size_t chunk_tokens;  // a chunk takes texts until it has so many: see chunk_budget.h
  const kernels::Kernels* profiled = nullptr;  // what timed `kernels` forward to; null: not timed
};

// The memory of one worker.
struct Worker {
  explicit Worker(const Pipeline& pipeline, size_t team_size = 1);

  size_t max_texts;  // of a chunk: enough for texts of nothing but two special tokens to fill it
  PackedBatch batch;
  Workspace workspace;
  tokenizer::Scratch scratch;
  std::string prompted;              // a text behind the prompt
  std::vector<size_t> text_indices;  // [texts of the chunk] which text of the call each one is
  EmbedStats stats;
};

// Adds all of one to the other.
void add_stats(const EmbedStats& from, EmbedStats& to);

// One call's texts and where their vectors go; workers draw texts from it until none is left.
struct EmbedJob {
  std::span<const std::string_view> texts;
  float* vectors;  // [texts, dimension]
  std::atomic<size_t> next{0};
};

// Tokenizes the next texts straight into the worker's empty batch, at most max_texts.
void fill_batch(const Pipeline& pipeline, EmbedJob& job, Worker& worker, size_t max_texts);

// The vectors of the batch, from its last hidden states. The bits of a vector depend on its text alone.
void write_vectors(const Pipeline& pipeline, const EmbedJob& job, Worker& worker);

}  // namespace linnet::engine
