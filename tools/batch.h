// tools/batch.h - how a subcommand works through its input: records in, a result for each of them out.
//
//   a thread reads    RecordReader -> Window: texts sorted by length, equal ones once      window.h
//   the caller's      BatchTask::compute, window by window
//   a thread writes   BatchTask::append record by record, bad records, resumable state     batch_writer.h
//
// kWindowsInFlight windows go round, so the three overlap, a slow one holds the others back, and memory
// does not depend on the input. A window closes when it is full, when it has as much as is computed in
// some seconds, or as soon as the input has nothing to read at this moment. So whoever reads the results
// waits for some seconds at most, and a run that is to stop finishes its window. A subcommand does:
//
//   Result<Batch> batch = open_batch(args, kEmbedFormats, {"embedding"});  // the command line and the inputs are good
//   ... open the model, then
//   BatchTask task;
//   task.compute = [&](Window& window) { ... };
//   task.append = [&](const Window& window, size_t record, std::string& out) { ... };
//   return run_batch(args, batch.value(), task);          // the exit code
//
// Its options are batch_options(formats), with pair_options() where a text may have a pair. The results
// of a window lie with the subcommand, in kWindowsInFlight places of which window.slot is one: the next
// window is computed while this one is written.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/model.h"
#include "linnet/status.h"
#include "tools/options.h"
#include "tools/records.h"
#include "tools/window.h"

namespace linnet::tools {

constexpr size_t kWindowsInFlight = 3;

enum class OnError { kStop, kSkip, kNull };

// What the command line says of a run, the same for every subcommand.
struct Batch {
  RecordReader reader;
  std::string format;                    // one of those given to open_batch()
  std::string output;                    // -o; "": standard output
  OnError on_error = OnError::kStop;
  std::optional<std::string> errors;     // where all bad records go, as JSON Lines
  std::optional<std::string> metrics;    // where the counters stand while running, for Prometheus
  bool resume = false, deduplicate = false;
};

std::vector<Option> batch_options(const std::string& formats);  // -i ... -o ... --resume, --on-error
std::vector<Option> pair_options();                             // --pair, --pair-field
std::vector<Option> words_options(const std::string& offsets);  // --words, and what its offsets are into

// `members`: the names that BatchTask::append() gives the results, which no kept field is written under
// (kept_names.h). `adjust` changes what the command line says of the input, before the files are looked at.
Result<Batch> open_batch(const Arguments& args, std::span<const std::string_view> formats,
                         std::vector<std::string> members,
                         const std::function<Status(InputOptions&)>& adjust = {});

// What an output file looks like. jsonl: {"index": 0, "id": ..., kept fields, MEMBERS}. csv: index, id,
// kept fields, CELLS. raw: what append() gives and nothing else.
struct OutputLayout {
  enum class Kind { kJsonl, kCsv, kRaw };
  Kind kind = Kind::kJsonl;
  std::vector<std::string> csv_columns = {};  // kCsv: the names of append()'s cells

  // kRaw: what stands for a bad record with --on-error null; nothing: it cannot, which is exit 2.
  std::optional<std::string> null_row = {};
  // kRaw: rows carry no index, so leaving one out needs --errors (npy, f32; not lines of text).
  bool rows_need_all = false;
  bool binary = false;                        // refused on a terminal
  std::string start = {};                     // kRaw: what stands before the first record, or alone
  // kRaw: the first bytes of the file for so many rows, of the same length for every number of rows.
  // Needs -o with a regular file.
  std::function<std::string(uint64_t rows)> header = {};
};

struct BatchTask {
  OutputLayout layout;
  size_t bytes_per_result = 256;   // about; bounds the window's memory
  size_t workers = 1;              // threads of compute()
  size_t chunk_tokens = 0;         // Model::chunk_tokens()
  std::string model_fingerprint;   // see fingerprint(): a run is resumed with the same model only

  // Computes each row of window.texts and window.pairs, adds to window.stats what it has tokenized (texts
  // are counted by the runner), calls window.fail() for a row that cannot be computed. An error ends the run;
  // kCancelled: it has seen stop_signal() and given the window up. Called on one thread.
  std::function<Status(Window& window)> compute;

  // Appends the result of a good record, which is row window.rows[record]: JSON members, each with ", "
  // before it; CSV cells, each with "," before it; or raw bytes. Called on another thread than compute().
  std::function<void(const Window& window, size_t record, std::string& out)> append;

  // kRaw: appends what stands behind the last record.
  std::function<void(std::string& out)> finish = {};
  bool resumable = true;  // false: a run that ends early leaves no output and nothing to go on with
};

// Runs it to its end, says on standard error what has to be said, gives the exit code.
int run_batch(const Arguments& args, Batch& batch, const BatchTask& task);

// Equal for models that give the same results.
std::string fingerprint(const ModelInfo& model);

}  // namespace linnet::tools
