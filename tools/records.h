// tools/records.h - all inputs as one stream of records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/status.h"
#include "tools/csv_fields.h"
#include "tools/fields.h"
#include "tools/record_splitter.h"

namespace linnet::tools {

enum class InputFormat {
  kLines, kJsonl, kCsv, kTsv, kNul,
  kWhole,  // a file is one record: its text is InputOptions::question, its pair all that the file holds
};

struct InputOptions {
  std::vector<std::string> files;        // in order; "-" is standard input
  std::vector<std::string> texts;        // instead of files,
  std::vector<std::string> pairs;        // with none or as many of these
  std::optional<InputFormat> format = {};  // of every file; else by its name
  bool header = true;                    // of CSV and TSV
  size_t max_record = size_t{64} << 20;  // bytes
  FieldSelection fields = {};
  std::string question = {};               // of kWhole
  // Records that follow each other and have one text become one, whose pair is the list of theirs (string_list.h);
  // its id and kept fields are those of the first. A bad row makes it a bad record.
  bool join_rows = false;
};

struct Record {
  std::string text, pair;
  std::optional<FieldValue> id;
  std::vector<std::pair<std::string, FieldValue>> kept;  // under their names of output (kept_names.h)
  size_t source = 0;                               // index of the file or text it came from
  uint64_t line = 0;                               // in that file, from 1
  Status problem;                                  // not ok: a bad record, which has no text
};

// How much of the inputs the records so far are. Files before `source` are read to their end.
struct InputPosition {
  struct Consumed {
    uint64_t bytes = 0, hash = 0;  // decompressed; of this file
  };
  size_t source = 0;
  uint64_t line = 0;               // lines of the file at hand
  std::vector<Consumed> consumed;  // [source + 1], or [files] at the end
};

class RecordReader {
 public:
  // Looks at every file first, so that a wrong name is known before any work is done.
  static Result<RecordReader> open(InputOptions options);

  // False at the end, or when the program is to stop (interrupted()). A bad record is a record; what
  // cannot be read at all is a failure that names the file.
  Result<bool> next(Record& record);

  // Whether next() would answer without waiting for whoever writes a pipe.
  bool ready();

  bool interrupted() const { return interrupted_; }

  InputPosition position() const;
  // REQUIRES: nothing has been read yet. Fails when the inputs there are not what they were.
  Status go_to(const InputPosition& position);

  std::string place(const Record& record) const;   // "FILE:LINE"
  Status failure(const Record& record) const;      // of a bad record, kCorrupt, with its place
  std::string source_name(const Record& record) const;
  // Wrong UTF-8 sequences in JSON, and in what is carried along from CSV; who reads a text counts those in it.
  uint64_t repaired() const { return repaired_; }
  const InputOptions& options() const { return options_; }

  // Of the inputs, as they lie in the files: all, 0 where one of them is no regular file; and those of the records
  // given so far, of a compressed file about.
  uint64_t total_bytes() const { return total_bytes_; }
  uint64_t given_bytes() const;

 private:
  explicit RecordReader(InputOptions options) : options_(std::move(options)) {}

  InputFormat format(size_t file) const;
  Result<Found> find_row(bool may_wait);
  Result<bool> next_row(Record& record);
  bool row_ready();
  InputPosition row_position() const;
  void take_row();
  void add_to_group(Record row);
  void finish_group();
  Status open_source();
  void finish_source();
  Status parse(Record& record);
  Status parse_json(Record& record);
  Status parse_csv(Record& record);
  void repair_carried(Record& record);
  void take_plain(std::string text, Record& record) const;
  void name_kept(Record& record);
  Status read_columns();

  InputOptions options_;
  size_t source_ = 0;                          // index of the text or file being read
  std::unique_ptr<RecordSplitter> splitter_;   // of it, once open
  InputFormat kind_ = InputFormat::kLines;     // of it, once open
  std::optional<CsvColumns> columns_;          // of it, once known
  Status columns_status_;                      // why they are not
  RawRecord raw_;
  std::vector<InputPosition::Consumed> finished_;
  uint64_t total_bytes_ = 0, finished_bytes_ = 0;
  uint64_t repaired_ = 0;
  bool echoes_text_ = false;
  std::vector<std::string> renamed_;           // kept fields of which that has been said
  // join_rows: the record that rows are being added to, and one that is whole.
  struct Group {
    Record record;
    InputPosition begin;
    bool has_text = false;  // some row of it was good
  };
  std::optional<Group> group_, whole_group_;
  bool rows_ended_ = false;
  Status rows_status_;  // why
  bool interrupted_ = false;
};

// The format that a file's name asks for, behind .gz or .zst. "-" is lines.
InputFormat format_of(const std::string& path);
Result<InputFormat> parse_input_format(const std::string& name);

// Appends texts until there are `most` of them or they have so many bytes. False: the input has ended. A bad record is
// a failure, kCorrupt, that names its place.
Result<bool> read_texts(RecordReader& reader, size_t most, size_t bytes, std::vector<std::string>& texts);

// "too_large", "missing_field", "wrong_type", "malformed" or "failed": the code of an error record.
const char* problem_code(const Status& problem);

}  // namespace linnet::tools
