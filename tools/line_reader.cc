#include "tools/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tools/system_error.h"

namespace linnet::tools {
namespace {

constexpr size_t kChunk = size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LittleMark = "\xFF\xFE";
constexpr std::string_view kUtf16BigMark = "\xFE\xFF";

bool can_read(int fd) {
  pollfd request{fd, POLLIN, 0};
  return ::poll(&request, 1, 0) != 0;  // an error or a hang-up: read() tells
}

// More bytes decide whether this is a byte order mark.
bool may_become_mark(std::string_view start) {
  const auto begins = [start](std::string_view mark) {
    return start.size() < mark.size() && mark.substr(0, start.size()) == start;
  };
  return begins(kUtf8Mark) || begins(kUtf16LittleMark) || begins(kUtf16BigMark);
}

}  // namespace

Result<LineReader> LineReader::open(const std::string& path, char delimiter) {
  if (path == "-") return LineReader("standard input", STDIN_FILENO, delimiter);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error(path, "cannot read", errno);
  return LineReader(path, fd, delimiter);
}

LineReader::LineReader(std::string name, int fd, char delimiter)
    : name_(std::move(name)), fd_(fd), delimiter_(delimiter), chunk_(new char[kChunk]) {}

LineReader::LineReader(LineReader&& other) noexcept
    : name_(std::move(other.name_)), fd_(-1), delimiter_(other.delimiter_) {
  *this = std::move(other);
}

LineReader& LineReader::operator=(LineReader&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ > STDIN_FILENO) ::close(fd_);
  name_ = std::move(other.name_);
  fd_ = std::exchange(other.fd_, -1);
  delimiter_ = other.delimiter_;
  chunk_ = std::move(other.chunk_);
  begin_ = other.begin_;
  end_ = other.end_;
  pending_ = std::move(other.pending_);
  started_ = other.started_;
  complete_ = other.complete_;
  at_end_ = other.at_end_;
  status_ = std::move(other.status_);
  line_number_ = other.line_number_;
  return *this;
}

LineReader::~LineReader() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<bool> LineReader::next(std::string& line) {
  gather(true);
  if (!status_.ok()) return status_;
  line.clear();
  if (!complete_ && pending_.empty()) return false;
  line.swap(pending_);
  if (complete_ && delimiter_ == '\n' && !line.empty() && line.back() == '\r') line.pop_back();
  complete_ = false;
  ++line_number_;
  return true;
}

bool LineReader::ready() {
  gather(false);
  return complete_ || at_end_ || !status_.ok();
}

// Moves input into pending_ until it is a whole line, the input ends, or waiting would be needed.
void LineReader::gather(bool may_wait) {
  while (!complete_ && !at_end_ && status_.ok()) {
    if (begin_ == end_) {
      if (!may_wait && !can_read(fd_)) return;
      read_chunk();
      continue;
    }
    const char* start = chunk_.get() + begin_;
    const size_t available = end_ - begin_;
    const void* found = std::memchr(start, delimiter_, available);
    complete_ = found != nullptr;
    const size_t taken =
        complete_ ? static_cast<size_t>(static_cast<const char*>(found) - start) : available;
    pending_.append(start, taken);
    begin_ += taken + (complete_ ? 1 : 0);
  }
}

void LineReader::read_chunk() {
  begin_ = end_ = 0;
  do {
    const ssize_t got = ::read(fd_, chunk_.get() + end_, kChunk - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      status_ = system_error(name_, "cannot read", errno);
      return;
    }
    at_end_ = got == 0;
    end_ += static_cast<size_t>(got);
  } while (!started_ && !at_end_ && may_become_mark({chunk_.get(), end_}));
  // The last read may have found the end after bytes that only looked like a mark.
  at_end_ = at_end_ && end_ == 0;
  if (!started_) skip_byte_order_mark();
}

void LineReader::skip_byte_order_mark() {
  started_ = true;
  const std::string_view start(chunk_.get(), end_);
  if (start.substr(0, kUtf8Mark.size()) == kUtf8Mark) begin_ = kUtf8Mark.size();
  const bool little = start.substr(0, 2) == kUtf16LittleMark;
  if (!little && start.substr(0, 2) != kUtf16BigMark) return;
  const bool from_file = fd_ != STDIN_FILENO;
  status_ = {Code::kUnsupported,
             name_ + ": is UTF-16 (it starts with the byte order mark " +
                 (little ? "FF FE" : "FE FF") + "), expected UTF-8; convert it with: " +
                 "iconv -f UTF-16 -t UTF-8" + (from_file ? " '" + name_ + "'" : "")};
}

}  // namespace linnet::tools
