// tools/task_run.h - what the subcommands of the tasks share: their options, and the run of a task that
// makes one result of each text.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/task.h"
#include "tools/batch.h"
#include "tools/offsets.h"
#include "tools/options.h"

namespace linnet::tools {

std::vector<Option> task_options();    // --max-length, -t, --mode
std::vector<Option> long_options(const std::string& split, const std::string& otherwise);  // --long, --stride
std::vector<Option> offset_options();  // --offset-unit

Result<TaskOptions> parse_task_options(const Arguments& args);
Result<LongText> parse_long(const Arguments& args, LongText otherwise);
// Of windows: refused where long texts are not split, where it would change nothing.
Result<uint32_t> parse_stride(const Arguments& args, LongText long_texts);
Result<OffsetUnit> parse_offset_unit(const Arguments& args);

// A finite number; nothing when it is not given.
Result<std::optional<float>> parse_number(const Arguments& args, std::string_view name);

// The values of a list option: "a,b" and several times.
std::vector<std::string> parse_list(const Arguments& args, std::string_view name);

// , "start": 3, "end": 8: offsets in bytes as the unit asked for. `converter` is that of one text, and
// starts never go backwards from call to call.
void append_offsets(OffsetConverter& begins, OffsetConverter& ends, uint32_t begin, uint32_t end,
                    std::string& out);

// R: the result of one row. `compute` makes one for each of its rows; a text that cannot be computed
// leaves its Status in `problems`. `append` writes one as BatchTask::append does.
template <typename R>
struct RowTask {
  std::function<Status(std::span<const std::string_view> texts, std::span<const std::string_view> pairs,
                       std::vector<R>& results, EmbedStats& stats, std::span<Status> problems)>
      compute;
  std::function<void(std::string_view text, std::string_view pair, const R& result, std::string& out)>
      append;
};

template <typename R>
int run_rows(const Arguments& args, Batch& batch, const Model& model, const TaskOptions& options,
             OutputLayout layout, size_t bytes_per_result, const RowTask<R>& rows) {
  std::array<std::vector<R>, kWindowsInFlight> results;  // [rows of the window]
  BatchTask task;
  task.layout = std::move(layout);
  task.bytes_per_result = bytes_per_result;
  task.workers = options.num_threads;
  task.chunk_tokens = model.chunk_tokens(options.num_threads);
  task.model_fingerprint = fingerprint(model.info());
  task.compute = [&](Window& window) {
    std::vector<R>& made = results[window.slot];
    made.clear();
    std::vector<Status> problems(window.texts.size());
    Status status = rows.compute(window.texts, window.pairs, made, window.stats, problems);
    window.take_problems(problems);
    return status;
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    const size_t row = window.rows[record];
    rows.append(window.texts[row], window.pairs[row], results[window.slot][row], out);
  };
  return run_batch(args, batch, task);
}

}  // namespace linnet::tools
