#include "tools/records.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tools/message.h"
#include "tools/system_error.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

Status not_supported_yet(const std::string& place, const std::string& kind) {
  return {Code::kUnsupported, place + ": " + kind + " input is not supported yet; lines (.txt) and "
                                                    "JSON Lines (.jsonl, .ndjson) are"};
}

// Without opening it: a named pipe may have a writer that expects one reader.
Status check_file(const std::string& path) {
  if (path == "-") return {};
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error(path, "cannot read", errno);
  if (S_ISDIR(info.st_mode)) return system_error(path, "cannot read", EISDIR);
  if (::access(path.c_str(), R_OK) != 0) return system_error(path, "cannot read", errno);
  return {};
}

}  // namespace

Result<InputFormat> format_of(const std::string& path) {
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) return InputFormat::kJsonl;
  if (path.ends_with(".csv")) return not_supported_yet(path, "csv");
  if (path.ends_with(".tsv")) return not_supported_yet(path, "tsv");
  if (path.ends_with(".gz")) return not_supported_yet(path, "gzip-compressed");
  if (path.ends_with(".zst")) return not_supported_yet(path, "zstd-compressed");
  return InputFormat::kLines;
}

Result<InputFormat> parse_input_format(const std::string& name) {
  if (name == "lines") return InputFormat::kLines;
  if (name == "jsonl") return InputFormat::kJsonl;
  if (name == "nul") return InputFormat::kNul;
  if (name == "csv" || name == "tsv") return not_supported_yet("--input-format " + name, name);
  return Status{Code::kInvalidArgument,
                "--input-format " + name + ": expected lines, jsonl or nul"};
}

Result<RecordReader> RecordReader::open(InputOptions options) {
  if (options.files.empty() && options.texts.empty()) options.files.push_back("-");
  for (const std::string& path : options.files) {
    const Result<InputFormat> by_name = format_of(path);
    // A compressed file is one whatever --input-format says of its content.
    const bool compressed = path.ends_with(".gz") || path.ends_with(".zst");
    if (!by_name.ok() && (!options.format || compressed)) return by_name.status();
    const InputFormat format = options.format.value_or(by_name.ok() ? by_name.value()
                                                                    : InputFormat::kLines);
    if (options.fields.id && format != InputFormat::kJsonl) {
      return Status{Code::kInvalidArgument,
                    "--id-field needs JSON Lines, but " + path + " is read as plain texts"};
    }
    if (Status status = check_file(path); !status.ok()) return status;
    if (path == "-" && ::isatty(STDIN_FILENO) == 1) {
      note("reading texts from the terminal, one a line; Ctrl-D ends them");
    }
  }
  return RecordReader(std::move(options));
}

Result<bool> RecordReader::next(Record& record) {
  record = {};
  if (!options_.texts.empty()) {
    if (source_ == options_.texts.size()) return false;
    record.text = options_.texts[source_];
    record.line = ++source_;
    return true;
  }
  std::string line;
  while (true) {
    const Result<bool> more = next_line(line);
    if (!more.ok() || !more.value()) return more;
    record.file = source_;
    record.line = reader_->line_number();
    if (format(source_) != InputFormat::kJsonl) break;
    // A line of nothing but blanks is no record: many writers leave one at the end.
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (Status status = read_json(std::move(line), record); !status.ok()) {
      return Status{status.code, position(record) + ": " + status.message};
    }
    return true;
  }
  record.text = std::move(line);
  const FieldSelection& fields = options_.fields;
  const bool echoed = fields.keep_all || std::find(fields.keep.begin(), fields.keep.end(),
                                                   fields.text) != fields.keep.end();
  if (echoed) record.kept.emplace_back(fields.text, record.text);
  return true;
}

InputFormat RecordReader::format(size_t file) const {
  if (options_.format) return *options_.format;
  return format_of(options_.files[file]).value();  // open() has seen that it has one
}

bool RecordReader::ready() {
  if (!options_.texts.empty()) return true;
  return !reader_ || reader_->ready();
}

std::string RecordReader::position(const Record& record) const {
  const std::string line = ":" + std::to_string(record.line);
  if (!options_.texts.empty()) return "--text" + line;
  const std::string& path = options_.files[record.file];
  return (path == "-" ? "standard input" : path) + line;
}

// The next line of this file or, at its end, of the next one.
Result<bool> RecordReader::next_line(std::string& line) {
  for (; source_ < options_.files.size(); ++source_, reader_.reset()) {
    if (!reader_) {
      const bool nul = options_.format == InputFormat::kNul;
      Result<LineReader> opened = LineReader::open(options_.files[source_], nul ? '\0' : '\n');
      if (!opened.ok()) return opened.status();
      reader_ = std::move(opened.value());
    }
    const Result<bool> more = reader_->next(line);
    if (!more.ok() || more.value()) return more;
  }
  return false;
}

Status RecordReader::read_json(std::string line, Record& record) {
  repaired_ += repair_utf8(line);
  Result<Json> parsed = parse_json(line);
  if (!parsed.ok()) return parsed.status();
  std::string().swap(line);  // a text may be large, and is held once
  Result<Fields> fields = select_fields(std::move(parsed.value()), options_.fields);
  if (!fields.ok()) return fields.status();
  record.text = std::move(fields.value().text);
  record.id = std::move(fields.value().id);
  record.kept = std::move(fields.value().kept);
  return {};
}

}  // namespace linnet::tools
