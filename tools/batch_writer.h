// tools/batch_writer.h - the results of windows, in order, to where they go; and what a later run needs
// to go on.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "linnet/status.h"
#include "tools/batch.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/run_state.h"

namespace linnet::tools {

class BatchWriter {
 public:
  // Opens the outputs; with --resume brings them and batch.reader to where the earlier run was.
  // kInvalidArgument for what does not go together, before anything is written.
  static Result<BatchWriter> create(const Arguments& args, Batch& batch, const BatchTask& task);

  // All records of a computed window, written and flushed; and the state, where it is due. Fails when the output
  // cannot take them, with window.failure, or with the bad record that stops the run.
  Status write(const Window& window);

  // Writes the state that a later run goes on with. It is due a second after the last time, where there is more.
  Status checkpoint();
  std::optional<std::chrono::steady_clock::time_point> checkpoint_due() const;

  // The output is whole: gives the files their names.
  Status finish();

  // The output stays unfinished. What can be resumed is left so; where nothing can, nothing is left but the list of
  // the bad records.
  void abandon();

  // Whoever was to have the results has left. A list of bad records that is read by nobody is no such case where the
  // results go to a file.
  bool reader_gone() const {
    return output_.reader_gone() || (writes_directly_ && errors_ && errors_->reader_gone());
  }
  bool stalled() const { return output_.stalled() || (errors_ && errors_->stalled()); }
  bool resumable() const { return keeps_state() && state_.records > 0; }
  const RunState& state() const { return state_; }  // up to the last window written
  uint64_t bad() const { return bad_; }  // with those of the runs that this one goes on with
  uint64_t bad_before() const { return bad_before_; }
  bool resumed() const { return resumed_; }
  // Where the list of bad records stays unfinished; "": nowhere, or it has its name.
  std::string unfinished_errors() const;

 private:
  BatchWriter(Batch& batch, const BatchTask& task, OutputFile output)
      : batch_(batch), task_(task), output_(std::move(output)), writes_directly_(!output_.appears_whole()) {}

  bool keeps_state() const { return task_.resumable && output_.appears_whole(); }
  Status check_layout() const;
  Status start_fresh();
  Status start_resumed();
  void append_record(const Window& window, size_t record, uint64_t index);
  Status append_bad(const Window& window, size_t record, uint64_t index);
  void append_null(const Record& record, uint64_t index, const Status& problem);
  Status flush();
  std::string state_path() const { return output_.unfinished_path() + ".state"; }

  Batch& batch_;
  const BatchTask& task_;
  OutputFile output_;
  std::optional<OutputFile> errors_;
  bool writes_directly_;    // what is written is seen at once, not when the output is whole
  bool committed_ = false;  // the output is whole
  RunState state_;    // up to the last window written
  RunState durable_;  // as in the state file
  std::string buffer_, errors_buffer_;
  uint64_t rows_ = 0, bad_ = 0;                    // so far, within a window too
  uint64_t output_bytes_ = 0, errors_bytes_ = 0;   // written to each file
  uint64_t bad_before_ = 0;
  bool resumed_ = false;
  bool stopped_by_input_ = false;  // a bad record, or an input that cannot be read further: there to be mended
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
};

}  // namespace linnet::tools
