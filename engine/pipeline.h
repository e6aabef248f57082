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
#include "engine/team.h"
#include "engine/workspace.h"
#include "kernels/kernels.h"
#include "linnet/embedder.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {

// A chunk takes texts until it has this many tokens: enough to read the weights rarely, few enough for
// the activations to stay in the L2 cache. Measured (bench/encoder_bench, all-MiniLM-L6-v2, one Zen 4
// core, texts of 15, 64 and 160 tokens): 512 to 2048 are 1 to 3 % slower, 128 is 3 to 6 % slower at 15.
constexpr size_t kChunkTokens = 256;

// What all workers of a call share and never change.
struct Pipeline {
  const ModelConfig& config;
  const EncoderWeights& weights;
  const kernels::Kernels& kernels;
  const tokenizer::WordPiece& wordpiece;
  EmbeddingHead head;
  std::string prompt;  // written before each text
  size_t max_length;
  const kernels::Kernels* profiled = nullptr;  // what timed `kernels` forward to; null: not timed
};

// One call's texts and where their vectors go; workers draw texts from it until none is left.
struct EmbedJob {
  std::span<const std::string_view> texts;
  float* vectors;                // [texts, dimension]
  size_t max_texts_per_chunk;    // so that a small call still reaches every worker
  std::atomic<size_t> next{0};
  std::atomic<bool> out_of_memory{false};
};

// The memory of one worker.
struct Worker {
  explicit Worker(const Pipeline& pipeline, size_t team_size = 1);

  PackedBatch batch;
  Workspace workspace;
  tokenizer::Scratch scratch;
  std::string prompted;              // a text behind the prompt
  std::vector<size_t> text_indices;  // [texts of the chunk] which text of the job each one is
  EmbedStats stats;
};

// Runs chunk after chunk until the job is done. The bits of a vector depend on its text alone.
void run_worker(const Pipeline& pipeline, EmbedJob& job, Worker& worker);

// The same by a team that carries each chunk together, in the memory of `lead`, the worker 0. All its workers
// make this call.
void run_in_team(const Pipeline& pipeline, EmbedJob& job, Worker& lead, const Team& team, Worker& self);

}  // namespace linnet::engine
