#include "engine/pipeline.h"

#include <algorithm>

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
    const tokenizer::EncodeResult encoded =
        pipeline.wordpiece.encode(job.texts[index], {}, out, worker.scratch);
    batch.add_text(encoded.num_tokens);
    worker.text_indices.push_back(index);

    worker.stats.texts += 1;
    worker.stats.tokens += encoded.num_tokens;
    worker.stats.truncated += encoded.truncated ? 1 : 0;
    worker.stats.repaired += encoded.num_repaired;
  }
  return batch.num_texts() > 0;
}

}  // namespace

Worker::Worker(const Pipeline& pipeline)
    : batch(kChunkTokens, pipeline.max_length),
      workspace(pipeline.config, kChunkTokens + pipeline.max_length, kMaxTextsPerChunk,
                pipeline.max_length) {
  text_indices.reserve(kMaxTextsPerChunk);
}

void run_worker(const Pipeline& pipeline, EmbedJob& job, Worker& worker) {
  const kernels::FloatEnv float_env;
  const Profiled profiled(&worker.stats.profile, pipeline.profiled);
  const size_t dimension = embedding_dimension(pipeline.config);
  while (fill_batch(pipeline, job, worker)) {
    encoder_forward(pipeline.config.encoder, pipeline.weights, pipeline.kernels, worker.batch,
                    worker.workspace);
    const float* vectors =
        embedding_head(pipeline.config, pipeline.pooling, pipeline.normalize, pipeline.weights,
                       pipeline.kernels, worker.batch, worker.workspace);
    for (size_t i = 0; i < worker.text_indices.size(); ++i) {
      std::copy_n(vectors + i * worker.workspace.pooled_stride, dimension,
                  job.vectors + worker.text_indices[i] * dimension);
    }
  }
}

}  // namespace linnet::engine
