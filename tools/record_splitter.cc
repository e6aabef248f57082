#include "tools/record_splitter.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "tools/shell_word.h"
#include "tools/signals.h"

namespace linnet::tools {
namespace {

constexpr size_t kChunk = size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LittleMark = "\xFF\xFE";
constexpr std::string_view kUtf16BigMark = "\xFE\xFF";

// Files that somebody may take for texts, by their first bytes.
struct OtherKind {
  std::string_view start;
  const char* what;
};
constexpr OtherKind kOtherKinds[] = {
    {"\x93NUMPY", "a NumPy file; linnet similar takes vectors"},
    {"PAR1\x15", "a Parquet file; examples/parquet_embed.sh reads its texts"},
    {"PK\x03\x04", "a zip archive; unzip -p writes what is in it"},
};

// More bytes decide whether this is a byte order mark, or another kind of file.
bool may_become_mark(std::string_view start) {
  const auto begins = [start](std::string_view mark) {
    return start.size() < mark.size() && mark.substr(0, start.size()) == start;
  };
  for (const OtherKind& kind : kOtherKinds) {
    if (begins(kind.start)) return true;
  }
  return begins(kUtf8Mark) || begins(kUtf16LittleMark) || begins(kUtf16BigMark);
}

}  // namespace

Result<std::unique_ptr<RecordSplitter>> RecordSplitter::open(const std::string& path,
                                                             Framing framing, char separator,
                                                             size_t max_bytes) {
  Result<std::unique_ptr<ByteSource>> source = ByteSource::open(path);
  if (!source.ok()) return source.status();
  return std::unique_ptr<RecordSplitter>(
      new RecordSplitter(std::move(source.value()), framing, separator, max_bytes));
}

RecordSplitter::RecordSplitter(std::unique_ptr<ByteSource> source, Framing framing, char separator,
                               size_t max_bytes)
    : source_(std::move(source)),
      framing_(framing),
      max_bytes_(max_bytes),
      csv_(separator),
      chunk_(new char[kChunk]) {}

Result<Found> RecordSplitter::find(bool may_wait) {
  gather(may_wait);
  if (!status_.ok()) return status_;
  if (complete_) return Found::kRecord;
  if (!at_end_) return Found::kNothing;
  const bool one_more = framing_ == Framing::kWhole ? given_line_ == 0 : any_;
  if (one_more) return Found::kRecord;
  mark_given();  // blank lines behind the last record
  return Found::kEnd;
}

void RecordSplitter::take(RawRecord& record) {
  record.bytes.clear();
  record.bytes.swap(pending_);
  record.too_long = too_long_;
  record.line = start_line_ + 1;
  // The last line of CSV ends with a CR without an LF, too.
  const bool lines = framing_ == Framing::kLines || framing_ == Framing::kJsonLines;
  const bool may_end_with_cr = framing_ == Framing::kCsv || (lines && complete_);
  if (may_end_with_cr && record.bytes.ends_with('\r')) record.bytes.pop_back();
  leave_record();
  mark_given();
}

// A line that is no record. (One that is too long has lost its bytes.)
bool RecordSplitter::is_blank() const {
  if (framing_ == Framing::kCsv) return !too_long_ && (pending_.empty() || pending_ == "\r");
  return framing_ == Framing::kJsonLines && !too_long_ && pending_.find_first_not_of(" \t\r") == std::string::npos;
}

// What is gathered next is another record.
void RecordSplitter::leave_record() {
  pending_.clear();
  if (framing_ != Framing::kCsv || !complete_) ++line_;  // the last line of CSV has no LF that was counted
  start_line_ = line_;
  complete_ = any_ = too_long_ = false;
  csv_.restart();
}

void RecordSplitter::mark_given() {
  given_bytes_ = consumed_;
  given_hash_ = hash_;
  given_line_ = line_;
}

// What has been read goes beyond the records given, by a chunk at most.
uint64_t RecordSplitter::raw_bytes() const {
  const uint64_t read = consumed_ + (end_ - begin_);
  if (read == 0) return 0;
  const double share = static_cast<double>(given_bytes_) / static_cast<double>(read);
  return static_cast<uint64_t>(share * static_cast<double>(source_->raw_bytes()));
}

// Moves input into pending_ until it is a whole record, the input ends, or waiting would be needed.
void RecordSplitter::gather(bool may_wait) {
  while (!complete_ && !at_end_ && status_.ok() && !interrupted_) {
    if (begin_ == end_) {
      read_chunk(may_wait);
      if (blocked_) return;
      continue;
    }
    const size_t taken = find_end();
    const size_t kept = taken - (complete_ ? 1 : 0);  // without the delimiter
    too_long_ = too_long_ || pending_.size() + kept > max_bytes_;
    if (too_long_) std::string().swap(pending_);
    if (!too_long_) pending_.append(chunk_.get() + begin_, kept);
    any_ = true;
    hash_.update({chunk_.get() + begin_, taken});
    begin_ += taken;
    consumed_ += taken;
    if (complete_ && is_blank()) leave_record();
  }
  if (at_end_ && any_ && is_blank()) leave_record();
}

// How many of the chunk's bytes belong to the record at hand, its end included; sets complete_.
size_t RecordSplitter::find_end() {
  const std::string_view available(chunk_.get() + begin_, end_ - begin_);
  if (framing_ == Framing::kCsv) {
    const size_t taken = csv_.scan(available);
    complete_ = csv_.complete();
    line_ += static_cast<uint64_t>(std::count(available.data(), available.data() + taken, '\n'));
    return taken;
  }
  if (framing_ == Framing::kWhole) return available.size();
  const char delimiter = framing_ == Framing::kNul ? '\0' : '\n';
  const void* found = std::memchr(available.data(), delimiter, available.size());
  complete_ = found != nullptr;
  if (!complete_) return available.size();
  return static_cast<size_t>(static_cast<const char*>(found) - available.data()) + 1;
}

void RecordSplitter::read_chunk(bool may_wait) {
  blocked_ = false;
  // A file never waits, but a long record, or what a resumed run has read before, may be seconds of it.
  interrupted_ = stop_signal() != 0;
  if (interrupted_) return;
  // A start that may still become a byte order mark stays where it is until more has come.
  size_t have = started_ ? 0 : end_;
  if (started_) begin_ = end_ = 0;
  do {
    size_t bytes = 0;
    const Result<ByteSource::Got> got =
        source_->read(chunk_.get() + have, kChunk - have, may_wait, bytes);
    if (!got.ok()) {
      status_ = got.status();
      return;
    }
    have += bytes;
    end_ = have;
    if (!started_) begin_ = end_;  // not to be taken yet
    if (got.value() == ByteSource::Got::kNothing) {
      blocked_ = true;
      interrupted_ = stop_signal() != 0;
      return;
    }
    at_end_ = got.value() == ByteSource::Got::kEnd;
  } while (!started_ && !at_end_ && may_become_mark({chunk_.get(), have}));
  if (started_) return;
  begin_ = 0;
  // The end may have come after bytes that only looked like a mark: they are the record.
  at_end_ = at_end_ && end_ == 0;
  skip_byte_order_mark();
}

void RecordSplitter::skip_byte_order_mark() {
  started_ = true;
  const std::string_view start(chunk_.get(), end_);
  if (start.substr(0, kUtf8Mark.size()) == kUtf8Mark) {
    begin_ = kUtf8Mark.size();
    consumed_ = begin_;
    hash_.update(kUtf8Mark);
  }
  for (const OtherKind& kind : kOtherKinds) {
    if (!start.starts_with(kind.start)) continue;
    status_ = {Code::kUnsupported, source_->name() + ": expected text, found " + kind.what};
  }
  const bool little = start.substr(0, 2) == kUtf16LittleMark;
  if (!little && start.substr(0, 2) != kUtf16BigMark) return;
  const bool from_file = source_->name() != "standard input";
  status_ = {Code::kUnsupported,
             source_->name() + ": is UTF-16 (it starts with the byte order mark " +
                 (little ? "FF FE" : "FE FF") + "), expected UTF-8; convert it with: " +
                 "iconv -f UTF-16 -t UTF-8" + (from_file ? " " + shell_word(source_->name()) : "")};
}

Status RecordSplitter::skip_to(uint64_t bytes, uint64_t hash, uint64_t line) {
  while (consumed_ < bytes && status_.ok() && !at_end_ && !interrupted_) {
    if (begin_ == end_) {
      read_chunk(true);
      continue;
    }
    const size_t taken = static_cast<size_t>(std::min<uint64_t>(end_ - begin_, bytes - consumed_));
    hash_.update({chunk_.get() + begin_, taken});
    begin_ += taken;
    consumed_ += taken;
  }
  if (!status_.ok() || interrupted_) return status_;
  if (consumed_ != bytes) {
    return {Code::kCorrupt, source_->name() + ": has only " + std::to_string(consumed_) +
                                " bytes, but the run to be resumed had read " +
                                std::to_string(bytes)};
  }
  if (hash_.value() != hash) {
    return {Code::kCorrupt, source_->name() + ": its first " + std::to_string(bytes) +
                                " bytes are not those that the run to be resumed had read"};
  }
  start_line_ = line_ = line;
  mark_given();
  return {};
}

}  // namespace linnet::tools
