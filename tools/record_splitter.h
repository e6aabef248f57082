// tools/record_splitter.h - an input, cut into the raw bytes of one record after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "linnet/status.h"
#include "tools/byte_source.h"
#include "tools/csv.h"
#include "tools/stream_hash.h"

namespace linnet::tools {

enum class Framing {
  kLines,  // LF, of which one CR before it is removed
  kJsonLines,  // the same, and a line of nothing but blanks is no record: many writers leave one at the end
  kNul,    // NUL; a record may hold line breaks
  kCsv,    // a record of CSV, its line end removed; its quoted fields may hold line breaks; an empty line is none
  kWhole,  // one record, all of it; an empty input has one, too
};

struct RawRecord {
  std::string bytes;
  uint64_t line = 0;      // where it starts, from 1 (kNul: which one it is)
  bool too_long = false;  // more than max_bytes; `bytes` is empty
};

enum class Found {
  kRecord,
  kEnd,
  kNothing,  // not now: whoever writes the pipe has not, or the program is to stop (interrupted())
};

// Memory: one chunk and the record at hand, which max_bytes bounds. A UTF-8 byte order mark at the
// start is removed, UTF-16 is refused; nothing else is asked of the bytes.
class RecordSplitter {
 public:
  // separator: of kCsv.
  static Result<std::unique_ptr<RecordSplitter>> open(const std::string& path, Framing framing,
                                                      char separator, size_t max_bytes);

  // Looks for the next record, which is then at hand. A last record without its end counts; an empty file has no
  // records, but with kWhole. Without may_wait it answers at once; with it only a stop ends the wait for a pipe.
  Result<Found> find(bool may_wait);

  // Gives the record at hand. REQUIRES: find() has found one.
  void take(RawRecord& record);

  bool interrupted() const { return interrupted_; }

  // What the records given so far consumed, decompressed and with all that stands between them; at the end, all.
  uint64_t consumed_bytes() const { return given_bytes_; }
  uint64_t consumed_hash() const { return given_hash_.value(); }
  uint64_t line() const { return given_line_; }        // how many lines that were
  uint64_t raw_bytes() const;  // the same as they lie in the file; of a compressed one about

  // Goes on to where consumed_bytes() is `bytes`, the line `line` (kWhole: not 0, behind the record). kCorrupt when the
  // input ends before or what stands there has another hash.
  Status skip_to(uint64_t bytes, uint64_t hash, uint64_t line);

 private:
  RecordSplitter(std::unique_ptr<ByteSource> source, Framing framing, char separator,
                 size_t max_bytes);

  void gather(bool may_wait);
  size_t find_end();
  bool is_blank() const;
  void leave_record();
  void mark_given();
  void read_chunk(bool may_wait);
  void skip_byte_order_mark();

  std::unique_ptr<ByteSource> source_;
  Framing framing_;
  size_t max_bytes_;
  CsvScanner csv_;
  std::unique_ptr<char[]> chunk_;
  size_t begin_ = 0, end_ = 0;  // of the bytes in chunk_ not yet taken
  std::string pending_;         // the record being gathered
  bool any_ = false;            // some byte of it has been taken
  bool too_long_ = false;
  bool complete_ = false;       // pending_ is a whole record
  bool started_ = false;        // past the byte order mark
  bool at_end_ = false, blocked_ = false, interrupted_ = false;
  Status status_;
  uint64_t start_line_ = 0;           // lines before the record being gathered
  uint64_t consumed_ = 0, line_ = 0;  // with what of it is gathered,
  StreamHash hash_;
  uint64_t given_bytes_ = 0, given_line_ = 0;  // and up to the last record given
  StreamHash given_hash_;
};

}  // namespace linnet::tools
