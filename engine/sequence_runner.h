// engine/sequence_runner.h - sequences through the encoder, chunk by chunk, on every worker.
//
// What the task classes share: Classifier, Tagger and the others tokenize their texts into sequences, run
// them, and read what their head gives. The bits of a sequence's results depend on its tokens alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/crew.h"
#include "engine/model_impl.h"
#include "engine/pipeline.h"
#include "engine/sequence.h"
#include "engine/task_head.h"
#include "linnet/task.h"

namespace linnet::engine {

// A chunk after its last layer, in the hands of one worker.
struct Chunk {
  const PackedBatch& batch;                // text i of it is sequence sequences[i]
  const float* hidden;                     // [tokens, h]
  size_t stride;
  std::span<const size_t> sequences;
  std::span<const uint32_t> first_rows;    // [texts] the row of hidden of each text's first token
  HeadWorkspace& head;                     // of this worker
  Workspace& workspace;                    // of this worker; hidden is in it
};

class SequenceRunner {
 public:
  // Fails with kInvalidArgument when the model's task is not `task` (kEmbed: any will do), or an option
  // is out of range. max_rows and max_columns: see HeadWorkspace; max_rows 0: a whole chunk's.
  static Result<std::unique_ptr<SequenceRunner>> create(const Model& model, const TaskOptions& options,
                                                        Task task, size_t max_rows,
                                                        size_t max_columns = 0);

  // The tokens of a text that is read alone: all of them where long texts are split, else those that one
  // sequence holds. stats: the text, truncated and repaired; its sequences' tokens are for the caller to add.
  // kInvalidArgument where it has more and long_texts is kError.
  Status tokenize_alone(std::string_view text, LongText long_texts, tokenizer::Scratch& scratch,
                        Tokens& tokens, EmbedStats& stats) const;
  // Tokens of such a text in one sequence.
  size_t room() const { return format_.max_length - 2; }

  // Calls work(i, scratch) for every i < n, on all workers or, where they are few, on one, and adds its time to
  // stats->tokenize_seconds where stats are given. A text's work must not depend on another's.
  Status for_each(size_t n, EmbedStats* stats,
                  const std::function<void(size_t, tokenizer::Scratch&)>& work);

  // Runs every sequence (of at most max_length tokens) through the encoder and gives each chunk to
  // `head`, on the worker that has it. rows: what of the last hidden states it reads.
  Status run(std::span<const Sequence* const> sequences, const std::function<void(Chunk&)>& head,
             OutputRows rows = OutputRows::kAll);

  // The vectors [texts of the chunk, workspace.pooled_stride], by a run with rows_read(head).
  const float* pool(Chunk& chunk, const EmbeddingHead& head) const;

  const ModelConfig& config() const { return pipeline_.config; }
  const HeadWeights& head() const { return pipeline_.weights.head; }
  const kernels::Kernels& kernels() const { return pipeline_.kernels; }
  const tokenizer::WordPiece& wordpiece() const { return pipeline_.wordpiece; }
  const SequenceFormat& format() const { return format_; }

 private:
  SequenceRunner(const Model& model, const TaskOptions& options, const SequenceFormat& format,
                 size_t max_rows, size_t max_columns);

  Model model_;  // keeps what pipeline_ refers to
  Pipeline pipeline_;
  SequenceFormat format_;
  Crew crew_;
  std::vector<uint32_t> row_numbers_;  // 0, 1, 2, ... as many as a chunk may have texts
  std::vector<std::optional<HeadWorkspace>> head_workspaces_;
};

// "this model has no token-classification head; ...": for a model made for another task.
Status check_task(const ModelInfo& info, Task task);

// `problems` as a caller gives it: none, or one for each text.
Status check_problems(TextProblems problems, size_t num_texts);

// found [texts]: what became of each. Leaves the failures in `problems`; without it the first one is returned.
Status keep_problems(std::span<const Status> found, TextProblems problems);

}  // namespace linnet::engine
