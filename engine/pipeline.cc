#include "engine/pipeline.h"

#include <algorithm>
#include <new>

#include "engine/embedding_head.h"
#include "engine/encoder.h"
#include "engine/profile.h"
#include "kernels/float_env.h"

namespace linnet::engine {
namespace {

// Enough for texts of nothing but two special tokens to fill a chunk.
constexpr size_t kMaxTextsPerChunk = kChunkTokens / 2;

// Tokenizes texts straight into the packed batch. False: the job has no text left.
bool fill_batch(const Pipeline& pipeline, EmbedJob& job, Worker& worker) {
  const InPart in(Part::kTokenizer);
  PackedBatch& batch = worker.batch;
  batch.clear();
  worker.text_indices.clear();
  const size_t max_texts = std::min(kMaxTextsPerChunk, job.max_texts_per_chunk);
  while (batch.num_tokens() < kChunkTokens && batch.num_texts() < max_texts) {
    const size_t index = job.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= job.texts.size()) break;
    const tokenizer::TokenBuffer out{.ids = batch.ids.data() + batch.num_tokens(),
                                     .capacity = pipeline.max_length};
    std::string_view text = job.texts[index];
    if (!pipeline.prompt.empty()) text = worker.prompted.assign(pipeline.prompt).append(text);
    const tokenizer::EncodeResult encoded = pipeline.wordpiece.encode(text, {}, out, worker.scratch);
    batch.add_text(encoded.num_tokens);
    worker.text_indices.push_back(index);

    worker.stats.texts += 1;
    worker.stats.tokens += encoded.num_tokens;
    worker.stats.truncated += encoded.truncated ? 1 : 0;
    worker.stats.repaired += encoded.num_repaired;
  }
  return batch.num_texts() > 0;
}

// Carries the batch of `worker` through the encoder, as one of `team`.
void encode(const Pipeline& pipeline, Worker& worker, const Team& team) {
  encoder_forward(pipeline.config.encoder, pipeline.weights, pipeline.kernels, worker.batch,
                  worker.workspace, {.rows = rows_read(pipeline.head), .team = team});
}

void write_vectors(const Pipeline& pipeline, const EmbedJob& job, Worker& worker) {
  const size_t dimension = pipeline.head.dimension;
  const float* vectors = embedding_head(pipeline.config, pipeline.head, pipeline.weights,
                                        pipeline.kernels, worker.batch, worker.workspace);
  for (size_t i = 0; i < worker.text_indices.size(); ++i) {
    std::copy_n(vectors + i * worker.workspace.pooled_stride, dimension,
                job.vectors + worker.text_indices[i] * dimension);
  }
}

}  // namespace

Worker::Worker(const Pipeline& pipeline, size_t team_size)
    : batch(kChunkTokens, pipeline.max_length),
      workspace(pipeline.config, kChunkTokens + pipeline.max_length, kMaxTextsPerChunk,
                pipeline.max_length, team_size) {
  text_indices.reserve(kMaxTextsPerChunk);
}

void run_worker(const Pipeline& pipeline, EmbedJob& job, Worker& worker) {
  const kernels::FloatEnv float_env;
  const Profiled profiled(&worker.stats.profile, pipeline.profiled);
  while (fill_batch(pipeline, job, worker)) {
    encode(pipeline, worker, {});
    write_vectors(pipeline, job, worker);
  }
}

void run_in_team(const Pipeline& pipeline, EmbedJob& job, Worker& lead, const Team& team, Worker& self) {
  const kernels::FloatEnv float_env;
  const Profiled profiled(&self.stats.profile, pipeline.profiled);
  while (true) {
    if (team.leads()) {
      try {
        fill_batch(pipeline, job, lead);
      } catch (const std::bad_alloc&) {
        lead.batch.clear();  // the others must not wait for ever
        job.out_of_memory = true;
      }
    }
    team.meet();
    if (lead.batch.num_texts() == 0) return;
    encode(pipeline, lead, team);
    if (team.leads()) write_vectors(pipeline, job, lead);
  }
}

}  // namespace linnet::engine
