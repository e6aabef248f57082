#include "tools/batch_writer.h"

#include <unistd.h>

#include <set>
#include <span>

#include "tools/file_names.h"
#include "tools/message.h"
#include "tools/record_text.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

// Written when the buffer holds this much, so that memory does not depend on the window.
constexpr size_t kBufferBytes = size_t{1} << 20;
constexpr auto kCheckpointInterval = std::chrono::seconds(1);
constexpr uint64_t kShownProblems = 20;

using LayoutKind = OutputLayout::Kind;

bool is_empty(const OutputFile& file) {
  const Result<uint64_t> size = file.size();
  return size.ok() && size.value() == 0;
}

// Kept fields give way to the names of the results (kept_names.h), but labels are the model's or the user's.
Status check_columns(const FieldSelection& fields, std::span<const std::string> columns) {
  std::set<std::string_view> names = {"index"};
  if (fields.id) names.insert("id");
  for (const std::string& name : columns) {
    if (names.insert(name).second) continue;
    return usage("--format csv would have two columns named \"" + one_line(name, 200) + "\": use jsonl");
  }
  return {};
}

}  // namespace

Status BatchWriter::check_layout() const {
  const OutputLayout& layout = task_.layout;
  const std::string name = "--format " + batch_.format;
  if (layout.binary && output_.is_terminal()) {
    return usage(name + " is not written to a terminal; -o FILE takes it");
  }
  if (layout.header && !output_.appears_whole()) {
    return usage(name + " needs -o FILE: the number of rows stands at its start and is known at the "
                        "end (f32 needs none)");
  }
  if (layout.kind == LayoutKind::kCsv && batch_.reader.options().fields.keep_all) {
    return usage("--keep all does not go with csv, whose columns are the same in every row");
  }
  if (layout.kind == LayoutKind::kCsv) {
    if (Status s = check_columns(batch_.reader.options().fields, layout.csv_columns); !s.ok()) return s;
  }
  const bool raw = layout.kind == LayoutKind::kRaw;
  if (batch_.on_error == OnError::kNull && raw && !layout.null_row) {
    return usage("--on-error null: " + name + " has nothing to stand for a bad record");
  }
  if (batch_.on_error == OnError::kSkip && raw && layout.rows_need_all && !batch_.errors) {
    return usage("--on-error skip: the rows of " + name + " have no index, so --errors FILE is "
                 "needed to know which ones are left out");
  }
  if (batch_.resume && !output_.appears_whole()) {
    return usage("--resume needs -o FILE, a regular file");
  }
  if (!keeps_state()) return {};
  return check_name_length(batch_.output, ".part.state.tmp");
}

Result<BatchWriter> BatchWriter::create(const Arguments& args, Batch& batch,
                                        const BatchTask& task) {
  Result<OutputFile> output = OutputFile::create(
      batch.output, task.resumable ? OutputFile::Unfinished::kKeep : OutputFile::Unfinished::kRemove);
  if (!output.ok()) return output.status();
  BatchWriter writer(batch, task, std::move(output.value()));
  const bool was_there = writer.keeps_state() &&
                         (!is_empty(writer.output_) ||
                          ::access(writer.state_path().c_str(), F_OK) == 0);
  if (Status status = writer.check_layout(); !status.ok()) {
    if (!was_there) writer.output_.remove();
    return status;
  }
  if (batch.errors) {
    Result<OutputFile> errors =
        OutputFile::create(*batch.errors, OutputFile::Unfinished::kKeep);
    if (!errors.ok()) {
      if (!was_there) writer.output_.remove();
      return errors.status();
    }
    writer.errors_.emplace(std::move(errors.value()));
  }
  writer.state_.identity = identify(args, batch.format, task.model_fingerprint, batch.reader);
  if (batch.resume) {
    const Status status = writer.start_resumed();
    if (status.ok() || status.code != Code::kNotFound) {
      if (!status.ok()) return status;
      return writer;
    }
    note(status.message + "; starting from the beginning");
  } else if (was_there) {
    note("discarding " + writer.output_.unfinished_path() +
         " of an earlier run (--resume goes on with one)");
  }
  if (Status status = writer.start_fresh(); !status.ok()) {
    writer.abandon();
    return status;
  }
  return writer;
}

Status BatchWriter::start_fresh() {
  const OutputLayout& layout = task_.layout;
  if (layout.kind == LayoutKind::kCsv) {
    append_csv_header(batch_.reader.options().fields, layout.csv_columns, buffer_);
  }
  buffer_.append(layout.start);
  if (layout.header) buffer_ = layout.header(0);
  if (errors_ && errors_->appears_whole()) {
    if (Status status = errors_->truncate(0); !status.ok()) return status;
  }
  durable_ = state_;
  if (!keeps_state()) return {};
  // The state first: a FILE.part never stands beside the state of other data.
  if (Status status = write_state(state_path(), state_, false); !status.ok()) return status;
  return output_.truncate(0);
}

// kNotFound: there is nothing to go on with.
Status BatchWriter::start_resumed() {
  const auto nothing = [&](const std::string& why) {
    return Status{Code::kNotFound, "nothing to resume: " + why};
  };
  Result<RunState> read = read_state(state_path());
  if (!read.ok() && read.status().code == Code::kNotFound) {
    return nothing("there is no " + state_path());
  }
  if (!read.ok()) return read.status();
  RunState& earlier = read.value();
  if (earlier.records == 0) return nothing("the earlier run had written no record");
  if (earlier.bytes > 0 && is_empty(output_)) return nothing(output_.unfinished_path() + " is not there");
  if (Status s = check_identity(earlier, state_.identity); !s.ok()) return s;
  const auto cut = [](OutputFile& file, uint64_t bytes) -> Status {
    const Result<uint64_t> found = file.size();
    if (!found.ok()) return found.status();
    if (found.value() >= bytes) return file.truncate(bytes);
    return {Code::kCorrupt, "cannot resume: " + file.unfinished_path() + " has " +
                                std::to_string(found.value()) + " bytes, fewer than the " +
                                std::to_string(bytes) + " that had been written"};
  };
  if (Status s = batch_.reader.go_to(earlier.input); !s.ok()) {
    return {Code::kCorrupt, "cannot resume: " + s.message};
  }
  if (batch_.reader.interrupted()) return {Code::kIo, "stopped while reading the input again"};
  if (Status s = cut(output_, earlier.bytes); !s.ok()) return s;
  if (errors_ && errors_->appears_whole()) {
    if (Status s = cut(*errors_, earlier.errors_bytes); !s.ok()) return s;
  }
  earlier.identity = state_.identity;
  state_ = durable_ = earlier;
  rows_ = state_.rows;
  bad_ = bad_before_ = state_.bad;
  resumed_ = true;
  output_bytes_ = state_.bytes;
  errors_bytes_ = state_.errors_bytes;
  note("resuming " + output_.unfinished_path() + " after " + std::to_string(state_.records) +
       " records");
  return {};
}

void BatchWriter::append_record(const Window& window, size_t record, uint64_t index) {
  const Record& source = window.records[record];
  switch (task_.layout.kind) {
    case LayoutKind::kJsonl:
      append_json_start(source, index, buffer_);
      task_.append(window, record, buffer_);
      buffer_.append("}\n");
      break;
    case LayoutKind::kCsv:
      append_csv_start(source, index, batch_.reader.options().fields, buffer_);
      task_.append(window, record, buffer_);
      buffer_.append("\n");
      break;
    case LayoutKind::kRaw:
      task_.append(window, record, buffer_);
      break;
  }
  ++rows_;
}

void BatchWriter::append_null(const Record& record, uint64_t index, const Status& problem) {
  switch (task_.layout.kind) {
    case LayoutKind::kJsonl:
      append_json_start(record, index, buffer_);
      append_json_error(problem, buffer_);
      buffer_.append("}\n");
      break;
    case LayoutKind::kCsv:
      append_csv_start(record, index, batch_.reader.options().fields, buffer_);
      buffer_.append(task_.layout.csv_columns.size(), ',').append("\n");
      break;
    case LayoutKind::kRaw:
      buffer_.append(*task_.layout.null_row);
      break;
  }
  ++rows_;
}

Status BatchWriter::append_bad(const Window& window, size_t record, uint64_t index) {
  const Record& source = window.records[record];
  const Status& problem = window.problem(record);
  const std::string message = batch_.reader.place(source) + ": " + problem.message;
  ++bad_;
  if (errors_) append_error_line(batch_.reader, source, index, problem, errors_buffer_);
  if (batch_.on_error == OnError::kStop) {
    stopped_by_input_ = true;
    return {Code::kCorrupt, message};
  }
  if (bad_ <= kShownProblems) error(message);
  if (bad_ == kShownProblems + 1) error("further bad records are only counted");
  if (batch_.on_error == OnError::kNull) append_null(source, index, problem);
  return {};
}

Status BatchWriter::write(const Window& window) {
  for (size_t i = 0; i < window.records.size(); ++i) {
    const uint64_t index = window.first + i;
    if (window.problem(i).ok()) {
      append_record(window, i, index);
    } else if (const Status stop = append_bad(window, i, index); !stop.ok()) {
      const Status written = flush();
      return written.ok() ? stop : written;
    }
    if (buffer_.size() + errors_buffer_.size() < kBufferBytes) continue;
    if (Status status = flush(); !status.ok()) return status;
  }
  if (Status status = flush(); !status.ok()) return status;
  if (!window.failure.ok()) {
    stopped_by_input_ = window.failure.code != Code::kOutOfMemory;
    return window.failure;
  }
  state_.input = window.end;
  state_.records = window.first + window.records.size();
  state_.rows = rows_;
  state_.bad = bad_;
  state_.bytes = output_bytes_;
  state_.errors_bytes = errors_bytes_;
  state_.tokens += window.stats.tokens;
  state_.truncated += window.stats.truncated;
  state_.repaired += window.stats.repaired + window.repaired;
  const auto due = checkpoint_due();
  return due && std::chrono::steady_clock::now() >= *due ? checkpoint() : Status{};
}

std::optional<std::chrono::steady_clock::time_point> BatchWriter::checkpoint_due() const {
  if (!keeps_state() || state_.records == durable_.records) return {};
  return last_checkpoint_ + kCheckpointInterval;
}

Status BatchWriter::flush() {
  if (Status status = output_.write(buffer_); !status.ok()) return status;
  output_bytes_ += buffer_.size();
  buffer_.clear();
  if (!errors_) return {};
  if (Status status = errors_->write(errors_buffer_); !status.ok()) return status;
  errors_bytes_ += errors_buffer_.size();
  errors_buffer_.clear();
  return {};
}

// Data reach the disk before the state that counts on them.
Status BatchWriter::checkpoint() {
  if (!keeps_state()) return {};
  if (state_.records == durable_.records && !stopped_by_input_) return {};
  if (Status status = output_.make_durable(); !status.ok()) return status;
  if (errors_ && errors_->appears_whole()) {
    if (Status status = errors_->make_durable(); !status.ok()) return status;
  }
  if (Status status = write_state(state_path(), state_, true); !status.ok()) return status;
  durable_ = state_;
  last_checkpoint_ = std::chrono::steady_clock::now();
  return {};
}

Status BatchWriter::finish() {
  if (task_.finish) task_.finish(buffer_);
  if (Status status = flush(); !status.ok()) return status;
  if (task_.layout.header) {
    if (Status s = output_.overwrite_start(task_.layout.header(rows_)); !s.ok()) return s;
  }
  const bool has_state = keeps_state();
  const std::string state = state_path();
  if (Status status = output_.commit(); !status.ok()) return status;
  committed_ = true;
  if (has_state) ::unlink(state.c_str());
  if (!errors_) return {};
  const Status listed = errors_->commit();
  if (listed.ok()) return {};
  if (bad_ == 0) errors_->remove();
  return {listed.code, listed.message + "; the results are complete, the list of bad records is not in its place"};
}

std::string BatchWriter::unfinished_errors() const {
  if (!errors_ || !errors_->appears_whole() || bad_ == 0) return "";
  // Its folder may have been taken away.
  const std::string& path = errors_->unfinished_path();
  return ::access(path.c_str(), F_OK) == 0 ? path : "";
}

void BatchWriter::abandon() {
  if (committed_) return;  // only the list of bad records could not be finished
  if (keeps_state()) {
    // What was wrong is there to be mended: from its file on, sizes may change.
    for (size_t i = state_.input.source; stopped_by_input_ && i < state_.identity.inputs.size(); ++i) {
      state_.identity.inputs[i].size.reset();
    }
    // A full disk may be why: what the state does not count on makes room for it. Where that is not enough, what
    // was durable before stays so.
    [[maybe_unused]] const Status cut = output_.truncate(state_.bytes);
    [[maybe_unused]] const Status kept = checkpoint();
    if (durable_.records > 0) return;
    ::unlink(state_path().c_str());
  }
  output_.remove();
  if (!errors_) return;
  // Nothing to resume: the bad records seen so far are told nevertheless.
  if (bad_ == 0) return errors_->remove();
  [[maybe_unused]] const Status told = errors_->commit();
}

}  // namespace linnet::tools
