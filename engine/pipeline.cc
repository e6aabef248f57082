#include "engine/pipeline.h"

#include <algorithm>
#include <chrono>

#include "engine/embedding_head.h"

namespace linnet::engine {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void add_stats(const EmbedStats& from, EmbedStats& to) {
  to.texts += from.texts;
  to.tokens += from.tokens;
  to.truncated += from.truncated;
  to.repaired += from.repaired;
  to.tokenize_seconds += from.tokenize_seconds;
  for (size_t i = 0; i < kNumParts; ++i) to.profile.seconds[i] += from.profile.seconds[i];
}

Worker::Worker(const Pipeline& pipeline, size_t team_size)
    : max_texts(pipeline.chunk_tokens / 2),
      batch(pipeline.chunk_tokens, pipeline.max_length),
      workspace(pipeline.config, pipeline.chunk_tokens + pipeline.max_length, max_texts,
                pipeline.max_length, team_size) {
  text_indices.reserve(max_texts);
}

void fill_batch(const Pipeline& pipeline, EmbedJob& job, Worker& worker, size_t max_texts) {
  const Clock::time_point start = Clock::now();
  PackedBatch& batch = worker.batch;
  while (batch.num_tokens() < pipeline.chunk_tokens && batch.num_texts() < max_texts) {
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
  worker.stats.tokenize_seconds += std::chrono::duration<double>(Clock::now() - start).count();
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

}  // namespace linnet::engine
