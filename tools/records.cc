#include "tools/records.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tools/file_suffix.h"
#include "tools/json_lines.h"
#include "tools/kept_names.h"
#include "tools/message.h"
#include "tools/system_error.h"
#include "tools/utf8.h"
#include "tools/words.h"

namespace linnet::tools {
namespace {

// Without opening it: a named pipe may have a writer that expects one reader. Its size, where it is a
// regular file.
Result<std::optional<uint64_t>> check_file(const std::string& path) {
  struct stat info {};
  if (path == "-") {
    if (::fstat(STDIN_FILENO, &info) != 0) return std::optional<uint64_t>();  // reading it says what is wrong
  } else {
    if (::stat(path.c_str(), &info) != 0) return system_error(path, "cannot read", errno);
    if (S_ISDIR(info.st_mode)) return system_error(path, "cannot read", EISDIR);
    if (::access(path.c_str(), R_OK) != 0) return system_error(path, "cannot read", errno);
  }
  return S_ISREG(info.st_mode) ? std::optional(static_cast<uint64_t>(info.st_size)) : std::nullopt;
}

bool has_fields(InputFormat format) {
  return format == InputFormat::kJsonl || format == InputFormat::kCsv || format == InputFormat::kTsv;
}

char separator_of(InputFormat format) { return format == InputFormat::kTsv ? '\t' : ','; }

Framing framing_of(InputFormat format) {
  if (format == InputFormat::kNul) return Framing::kNul;
  if (format == InputFormat::kWhole) return Framing::kWhole;
  if (format == InputFormat::kJsonl) return Framing::kJsonLines;
  const bool csv = format == InputFormat::kCsv || format == InputFormat::kTsv;
  return csv ? Framing::kCsv : Framing::kLines;
}

std::string too_long(size_t max_record) {
  return "has more than " + std::to_string(max_record) + " bytes; --max-record N allows more";
}

Result<CsvColumns> columns_of(const RawRecord& first, char separator, const InputOptions& options) {
  if (first.too_long) return Status{Code::kUnsupported, "the header " + too_long(options.max_record)};
  std::vector<std::string> names;
  if (!split_csv(first.bytes, separator, names)) {
    return Status{Code::kCorrupt, "a quote is opened and not closed until the end of the input"};
  }
  return find_columns(names, options.header, options.fields);
}

Status check_fields(const InputOptions& options, const std::string& path, InputFormat format) {
  const FieldSelection& fields = options.fields;
  const bool named = fields.id || fields.pair;
  if (named && !has_fields(format)) {
    return {Code::kInvalidArgument,
            std::string(fields.id ? "--id-field" : "--pair-field") +
                " needs JSON Lines, CSV or TSV, but " + path + " is read as plain texts"};
  }
  for (const std::string& name : fields.keep) {
    if (has_fields(format) || name == fields.text) continue;
    return {Code::kInvalidArgument, "--keep " + name + " needs JSON Lines, CSV or TSV, but " + path +
                                        " is read as plain texts, of which \"" + fields.text + "\" alone can be kept"};
  }
  if (format != InputFormat::kJsonl) return {};
  std::vector<std::string> names = fields.keep;
  names.push_back(fields.text);
  if (fields.pair) names.push_back(*fields.pair);
  if (fields.id) names.push_back(*fields.id);
  for (const std::string& name : names) {
    if (Status status = check_field_name(name); !status.ok()) return status;
  }
  return {};
}

}  // namespace

InputFormat format_of(const std::string& path) {
  std::string_view name = path;
  for (const std::string_view suffix : {".gz", ".zst"}) {
    if (has_suffix(name, suffix)) name.remove_suffix(suffix.size());
  }
  for (const std::string_view suffix : {".jsonl", ".ndjson", ".json"}) {
    if (has_suffix(name, suffix)) return InputFormat::kJsonl;
  }
  if (has_suffix(name, ".csv")) return InputFormat::kCsv;
  if (has_suffix(name, ".tsv")) return InputFormat::kTsv;
  return InputFormat::kLines;
}

Result<InputFormat> parse_input_format(const std::string& name) {
  if (name == "lines") return InputFormat::kLines;
  if (name == "jsonl") return InputFormat::kJsonl;
  if (name == "csv") return InputFormat::kCsv;
  if (name == "tsv") return InputFormat::kTsv;
  if (name == "nul") return InputFormat::kNul;
  return Status{Code::kInvalidArgument,
                "--input-format " + name + ": expected lines, jsonl, csv, tsv or nul"};
}

const char* problem_code(const Status& problem) {
  switch (problem.code) {
    case Code::kUnsupported: return "too_large";
    case Code::kNotFound: return "missing_field";
    case Code::kInvalidArgument: return "wrong_type";
    case Code::kCorrupt: return "malformed";
    default: return "failed";
  }
}

Result<RecordReader> RecordReader::open(InputOptions options) {
  if (options.files.empty() && options.texts.empty()) options.files.push_back("-");
  RecordReader reader(std::move(options));
  const FieldSelection& fields = reader.options_.fields;
  reader.echoes_text_ =
      fields.keep_all || std::find(fields.keep.begin(), fields.keep.end(), fields.text) !=
                             fields.keep.end();
  if (!reader.options_.texts.empty()) {
    if (Status s = check_fields(reader.options_, "--text", InputFormat::kLines); !s.ok()) return s;
  }
  bool all_regular = true;
  for (size_t i = 0; i < reader.options_.files.size(); ++i) {
    const std::string& path = reader.options_.files[i];
    if (Status s = check_fields(reader.options_, path, reader.format(i)); !s.ok()) return s;
    const Result<std::optional<uint64_t>> size = check_file(path);
    if (!size.ok()) return size.status();
    reader.total_bytes_ += size.value().value_or(0);
    all_regular = all_regular && size.value();
    if (path == "-" && ::isatty(STDIN_FILENO) == 1) {
      const bool whole = reader.format(i) == InputFormat::kWhole;
      note(whole ? "reading a text from the terminal; Ctrl-D ends it"
                 : "reading texts from the terminal, one a line; Ctrl-D ends them");
    }
  }
  if (!all_regular) reader.total_bytes_ = 0;
  return reader;
}

Result<bool> RecordReader::next_row(Record& record) {
  record = {};
  if (!options_.texts.empty()) {
    if (source_ == options_.texts.size()) return false;
    if (!options_.pairs.empty()) record.pair = options_.pairs[source_];
    take_plain(options_.texts[source_], record);
    name_kept(record);
    record.source = source_++;
    record.line = source_;
    return true;
  }
  const Result<Found> found = find_row(true);
  if (!found.ok()) return found.status();
  if (found.value() != Found::kRecord) return false;
  splitter_->take(raw_);
  // Without a header. Where this one is too long, a bad record, a later one tells the columns.
  if (framing_of(kind_) == Framing::kCsv && !columns_ && !raw_.too_long) {
    if (Status status = read_columns(); !status.ok()) return status;
  }
  record.source = source_;
  record.line = raw_.line;
  record.problem = parse(record);
  name_kept(record);
  return true;
}

Status RecordReader::parse(Record& record) {
  if (raw_.too_long) return {Code::kUnsupported, too_long(options_.max_record)};
  switch (kind_) {
    case InputFormat::kJsonl: return parse_json(record);
    case InputFormat::kCsv:
    case InputFormat::kTsv: return parse_csv(record);
    case InputFormat::kWhole:
      record.text = options_.question;
      record.pair = std::move(raw_.bytes);
      return {};
    case InputFormat::kLines:
    case InputFormat::kNul: break;
  }
  take_plain(std::move(raw_.bytes), record);
  return {};
}

// A text that is no field of anything.
void RecordReader::take_plain(std::string text, Record& record) const {
  const FieldSelection& fields = options_.fields;
  if (echoes_text_) repair_utf8(record.kept.emplace_back(fields.text, FieldValue{text}).second.text);
  record.text = fields.words ? split_words(text) : std::move(text);
}

namespace {

void fill(Record& record, Fields fields) {
  record.text = std::move(fields.text);
  record.pair = std::move(fields.pair);
  record.id = std::move(fields.id);
  record.kept = std::move(fields.kept);
}

}  // namespace

Status RecordReader::parse_json(Record& record) {
  repaired_ += repair_utf8(raw_.bytes);
  if (raw_.bytes.starts_with('[')) {
    return {Code::kCorrupt, "found a JSON array, expected an object on each line; jq -c '.[]' writes them so"};
  }
  Result<Json> parsed = tools::parse_json(raw_.bytes);
  if (!parsed.ok()) return parsed.status();
  std::string().swap(raw_.bytes);  // a text may be large, and is held once
  Fields fields;
  Status status = select_fields(std::move(parsed.value()), options_.fields, fields);
  fill(record, std::move(fields));
  return status;
}

Status RecordReader::parse_csv(Record& record) {
  std::vector<std::string> values;
  if (!split_csv(raw_.bytes, separator_of(kind_), values)) {
    return {Code::kCorrupt, "a quote is opened and not closed until the end of the input"};
  }
  std::string().swap(raw_.bytes);
  Result<Fields> fields = select_columns(std::move(values), *columns_);
  if (!fields.ok()) return fields.status();
  fill(record, std::move(fields.value()));
  repair_carried(record);
  if (options_.fields.words) record.text = split_words(record.text);
  return {};
}

void RecordReader::name_kept(Record& record) {
  constexpr size_t kMostSaid = 20;  // --keep all: a record may have any names
  const FieldSelection& fields = options_.fields;
  if (fields.keep_all) drop_doubles(fields, record.kept);
  for (auto& [name, value] : record.kept) {
    std::string written_as = kept_name(name, fields.written);
    if (written_as == name) continue;
    const bool said = std::find(renamed_.begin(), renamed_.end(), name) != renamed_.end();
    if (!said && renamed_.size() < kMostSaid) {
      note(renaming(name, written_as));
      renamed_.push_back(name);
    }
    name = std::move(written_as);
  }
}

// The output is UTF-8, whatever its format. A column that is a text too is counted as one.
void RecordReader::repair_carried(Record& record) {
  const FieldSelection& fields = options_.fields;
  const auto repair = [&](const std::string& name, std::string& value) {
    const size_t repaired = repair_utf8(value);
    if (name != fields.text && name != fields.pair) repaired_ += repaired;
  };
  if (record.id) repair(*fields.id, record.id->text);
  for (auto& [name, value] : record.kept) repair(name, value.text);
}

InputFormat RecordReader::format(size_t file) const {
  return options_.format ? *options_.format : format_of(options_.files[file]);
}

bool RecordReader::row_ready() {
  if (!options_.texts.empty()) return true;
  const Result<Found> found = find_row(false);
  return !found.ok() || found.value() != Found::kNothing;
}

std::string RecordReader::source_name(const Record& record) const {
  if (!options_.texts.empty()) return "--text";
  const std::string& path = options_.files[record.source];
  return path == "-" ? "standard input" : path;
}

std::string RecordReader::place(const Record& record) const {
  return source_name(record) + ":" + std::to_string(record.line);
}

Status RecordReader::failure(const Record& record) const {
  return {Code::kCorrupt, place(record) + ": " + record.problem.message};
}

uint64_t RecordReader::given_bytes() const {
  return finished_bytes_ + (splitter_ ? splitter_->raw_bytes() : 0);
}

Status RecordReader::open_source() {
  kind_ = format(source_);
  auto opened = RecordSplitter::open(options_.files[source_], framing_of(kind_), separator_of(kind_),
                                     options_.max_record);
  if (!opened.ok()) return opened.status();
  splitter_ = std::move(opened.value());
  columns_.reset();
  return {};
}

void RecordReader::finish_source() {
  finished_.push_back({splitter_->consumed_bytes(), splitter_->consumed_hash()});
  finished_bytes_ += splitter_->raw_bytes();
  splitter_.reset();
  ++source_;
}

// By the record in raw_, the first one of a CSV file.
Status RecordReader::read_columns() {
  Result<CsvColumns> columns = columns_of(raw_, separator_of(kind_), options_);
  if (columns.ok()) {
    columns_ = std::move(columns.value());
    return {};
  }
  const Record first{.text = {}, .pair = {}, .id = {}, .kept = {}, .source = source_, .line = raw_.line, .problem = {}};
  columns_status_ = {Code::kCorrupt, place(first) + ": " + columns.status().message};
  return columns_status_;
}

// Goes on to where the next row is at hand in splitter_, past the ends of files and the headers of CSV. Without
// may_wait it answers at once: whoever has asked gets the answer to a row before the next one is waited for.
Result<Found> RecordReader::find_row(bool may_wait) {
  if (!columns_status_.ok()) return columns_status_;
  while (source_ < options_.files.size()) {
    if (!splitter_) {
      if (Status status = open_source(); !status.ok()) return status;
    }
    const Result<Found> found = splitter_->find(may_wait);
    if (!found.ok()) return found;
    interrupted_ = splitter_->interrupted();
    if (found.value() == Found::kNothing) return found;
    if (found.value() == Found::kEnd) {
      finish_source();
      continue;
    }
    const bool is_header = framing_of(kind_) == Framing::kCsv && options_.header && !columns_;
    if (!is_header) return found;
    splitter_->take(raw_);
    if (Status status = read_columns(); !status.ok()) return status;
  }
  return Found::kEnd;
}

InputPosition RecordReader::row_position() const {
  InputPosition position{source_, 0, finished_};
  if (splitter_) {
    position.consumed.push_back({splitter_->consumed_bytes(), splitter_->consumed_hash()});
    position.line = splitter_->line();
  }
  return position;
}

Status RecordReader::go_to(const InputPosition& position) {
  if (!options_.texts.empty()) {
    source_ = position.source;
    return {};
  }
  for (size_t i = 0; i < position.consumed.size(); ++i) {
    if (Status status = open_source(); !status.ok()) return status;
    const auto [bytes, hash] = position.consumed[i];
    const bool csv = framing_of(kind_) == Framing::kCsv;
    while (csv && !columns_ && splitter_->consumed_bytes() < bytes) {
      const Result<Found> first = splitter_->find(true);
      if (!first.ok()) return first.status();
      if (first.value() != Found::kRecord) break;
      splitter_->take(raw_);
      if (raw_.too_long && !options_.header) continue;
      if (Status status = read_columns(); !status.ok()) return status;
    }
    const uint64_t line = i == position.source ? position.line : 1;  // behind the records of a finished file
    if (Status s = splitter_->skip_to(bytes, hash, line); !s.ok()) return s;
    const bool to_its_end = i < position.source;
    const Result<Found> behind = to_its_end ? splitter_->find(true) : Found::kNothing;
    if (!behind.ok()) return behind.status();
    interrupted_ = splitter_->interrupted();
    if (interrupted_ || !to_its_end) return {};
    if (behind.value() == Found::kRecord) {
      return {Code::kCorrupt, options_.files[i] + ": has more than the " + std::to_string(bytes) +
                                  " bytes that the run to be resumed had read to its end"};
    }
    finish_source();
  }
  return {};
}

Result<bool> read_texts(RecordReader& reader, size_t most, size_t bytes, std::vector<std::string>& texts) {
  Record record;
  for (size_t have = 0; texts.size() < most && have < bytes;) {
    const Result<bool> more = reader.next(record);
    if (!more.ok() || !more.value()) return more;
    if (!record.problem.ok()) return reader.failure(record);
    have += record.text.size();
    texts.push_back(std::move(record.text));
  }
  return true;
}

}  // namespace linnet::tools
