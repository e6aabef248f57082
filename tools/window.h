// tools/window.h - the records that are worked on together: what bounds the program's memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/status.h"
#include "tools/records.h"

namespace linnet::tools {

constexpr size_t kNoRow = static_cast<size_t>(-1);

struct Window {
  // As read, in the order of the input.
  std::vector<Record> records;
  uint64_t first = 0;       // index in the whole input of records[0]
  bool last = false;        // the input has ended, or cannot be read further
  Status failure;           // why it cannot
  InputPosition end;        // of the input, after records
  uint64_t end_bytes = 0;   // RecordReader::given_bytes() there
  uint64_t repaired = 0;    // RecordReader::repaired() of records
  double read_seconds = 0;  // without waiting for whoever writes a pipe

  // What is to be computed: row by row, the longest text first, so that texts of about one length are
  // neighbours. With deduplication equal texts (and pairs) share a row.
  std::vector<std::string_view> texts;  // [rows]
  std::vector<std::string_view> pairs;  // [rows]; "" where there are none
  std::vector<size_t> rows;             // [records] its row, or kNoRow for a bad record

  // Set by who computes.
  size_t slot = 0;                    // which of kWindowsInFlight this is: where its results lie
  std::vector<Status> row_problems;   // [rows], or empty: none
  EmbedStats stats;

  size_t row_bytes(size_t row) const { return texts[row].size() + pairs[row].size() + 1; }
  // Makes a bad record of every record of this row. What the library calls an invalid argument there is a text that
  // has more than the model takes; of a field it would be one of a wrong type.
  void fail(size_t row, Status problem) {
    if (problem.code == Code::kInvalidArgument) problem.code = Code::kUnsupported;
    row_problems.resize(texts.size());
    row_problems[row] = std::move(problem);
  }
  void take_problems(std::span<Status> problems) {  // [rows]
    for (size_t row = 0; row < problems.size(); ++row) {
      if (!problems[row].ok()) fail(row, std::move(problems[row]));
    }
  }
  // Why a record is bad; ok: it is not.
  const Status& problem(size_t record) const {
    const bool failed = rows[record] != kNoRow && !row_problems.empty();
    return failed ? row_problems[rows[record]] : records[record].problem;
  }
};

struct WindowLimits {
  size_t max_records = 4096;        // which bounds the memory of the results
  size_t max_rows = SIZE_MAX;       // to compute; the row that reaches this
  size_t max_row_bytes = SIZE_MAX;  // or this many bytes is the last one
  bool deduplicate = false;
  bool stop_at_bad = true;  // a bad record is the last one
};

// Replaces the window by the next one: up to the limits and about 8 MB of texts and what is carried along (a larger
// record is a window of its own), fewer where the input has nothing to read at this moment, so that whoever writes
// a line and waits gets the answer. Only the last window may be empty.
void read_window(RecordReader& reader, const WindowLimits& limits, Window& window);

// How many records, so that results of so many bytes each keep within some megabytes.
size_t window_records(size_t bytes_per_result);

}  // namespace linnet::tools
