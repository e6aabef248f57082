#include "tools/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "tools/file_suffix.h"
#include "tools/shell_word.h"
#include "tools/signals.h"
#include "tools/system_error.h"

namespace linnet::tools {
namespace {

constexpr size_t kRawBytes = size_t{64} << 10;

// No text in UTF-8 begins with either.
constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";

bool is_regular(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// False: nothing to read, or the program is to stop. An error or a hang-up counts as readable:
// read() tells.
bool wait_readable(int fd, bool may_wait) {
  pollfd requests[2] = {{fd, POLLIN, 0}, {stop_descriptor(), POLLIN, 0}};
  while (true) {
    const int ready = ::poll(requests, 2, may_wait ? -1 : 0);
    if (stop_signal() != 0) return false;
    if (ready < 0 && errno == EINTR) continue;
    return ready < 0 || requests[0].revents != 0;
  }
}

}  // namespace

// One decoder: takes compressed bytes, gives plain ones, and knows whether a member is open.
struct ByteSource::Gzip {
  z_stream stream{};
  bool inside = false;
  bool any_member = false;  // one has ended

  bool init() { return ::inflateInit2(&stream, 15 + 16) == Z_OK; }  // 16: the gzip format alone
  ~Gzip() { ::inflateEnd(&stream); }

  // False: damaged.
  bool step(const char* in, size_t size, size_t& taken, char* out, size_t room, size_t& bytes) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in));
    stream.avail_in = static_cast<uInt>(size);
    stream.next_out = reinterpret_cast<Bytef*>(out);
    stream.avail_out = static_cast<uInt>(room);
    inside = true;
    const int result = ::inflate(&stream, Z_NO_FLUSH);
    taken = size - stream.avail_in;
    bytes = room - stream.avail_out;
    if (result == Z_STREAM_END) {
      inside = false;
      any_member = true;
      return ::inflateReset(&stream) == Z_OK;
    }
    return result == Z_OK || result == Z_BUF_ERROR;  // the latter: needs more input
  }
};

struct ByteSource::Zstd {
  ZSTD_DStream* stream = ::ZSTD_createDStream();
  bool inside = false;
  bool large_window = false;  // sound, but takes more memory than libzstd allows by itself: 128 MB

  bool init() { return stream != nullptr; }
  ~Zstd() { ::ZSTD_freeDStream(stream); }

  bool step(const char* in, size_t size, size_t& taken, char* out, size_t room, size_t& bytes) {
    ZSTD_inBuffer input{in, size, 0};
    ZSTD_outBuffer output{out, room, 0};
    const size_t result = ::ZSTD_decompressStream(stream, &output, &input);
    taken = input.pos;
    bytes = output.pos;
    if (::ZSTD_isError(result) != 0) {
      large_window = ::ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
      return false;
    }
    // After a frame's end, a call without input asks for the next one's header.
    if (taken > 0 || bytes > 0) inside = result != 0;
    return true;
  }
};

ByteSource::ByteSource(std::string name, int fd)
    : name_(std::move(name)), fd_(fd), waits_(!is_regular(fd)) {}

ByteSource::~ByteSource() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& path) {
  const bool standard_input = path == "-";
  // O_NONBLOCK: a named pipe without a writer is waited for like any other, in poll(), where a signal ends the wait.
  const int fd = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error(path, "cannot read", errno);
  std::unique_ptr<ByteSource> source(new ByteSource(standard_input ? "standard input" : path, fd));
  source->raw_.resize(kRawBytes);
  return source;
}

Result<ByteSource::Got> ByteSource::read(char* out, size_t room, bool may_wait, size_t& bytes) {
  bytes = 0;
  if (!started_) {
    const Result<Got> start = read_start(may_wait);
    if (!start.ok() || start.value() == Got::kNothing) return start;
  }
  return gzip_ || zstd_ ? read_compressed(out, room, may_wait, bytes) : read_plain(out, room, may_wait, bytes);
}

// Reads until the first bytes tell what they are; they stay in raw_.
Result<ByteSource::Got> ByteSource::read_start(bool may_wait) {
  const auto may_become = [this](std::string_view magic) {
    return end_ < magic.size() && magic.starts_with(std::string_view(raw_.data(), end_));
  };
  while (!raw_ended_ && (may_become(kGzipMagic) || may_become(kZstdMagic))) {
    const Result<Got> got = fill(may_wait);
    if (!got.ok() || got.value() == Got::kNothing) return got;
  }
  started_ = true;
  if (Status status = start_decoder(); !status.ok()) return status;
  return Got::kBytes;
}

// By the first bytes, else by the name: a file that is called .gz and holds something else is damaged.
Status ByteSource::start_decoder() {
  const std::string_view start(raw_.data(), end_);
  const bool by_gzip = start.starts_with(kGzipMagic), by_zstd = start.starts_with(kZstdMagic);
  bool ready = true;
  if (by_gzip || (!by_zstd && has_suffix(name_, ".gz"))) {
    gzip_ = std::make_unique<Gzip>();
    ready = gzip_->init();
  } else if (by_zstd || has_suffix(name_, ".zst")) {
    zstd_ = std::make_unique<Zstd>();
    ready = zstd_->init();
  }
  return ready ? Status{} : Status{Code::kOutOfMemory, name_ + ": not enough memory to decompress it"};
}

// More bytes into raw_, behind those that are there.
Result<ByteSource::Got> ByteSource::fill(bool may_wait) {
  size_t got = 0;
  const Result<Got> result = read_raw(raw_.data() + end_, raw_.size() - end_, may_wait, got);
  if (!result.ok()) return result;
  raw_ended_ = result.value() == Got::kEnd;
  end_ += got;
  return result;
}

// What was read to learn what it is, then straight from the file.
Result<ByteSource::Got> ByteSource::read_plain(char* out, size_t room, bool may_wait, size_t& bytes) {
  if (begin_ == end_) {
    if (raw_ended_) return Got::kEnd;  // a terminal would be asked for more
    return read_raw(out, room, may_wait, bytes);
  }
  bytes = std::min(room, end_ - begin_);
  std::copy_n(raw_.data() + begin_, bytes, out);
  begin_ += bytes;
  return Got::kBytes;
}

Result<ByteSource::Got> ByteSource::read_raw(char* out, size_t room, bool may_wait, size_t& bytes) {
  while (true) {
    if (waits_ && !wait_readable(fd_, may_wait)) return Got::kNothing;
    const ssize_t got = ::read(fd_, out, room);
    // EAGAIN: another reader of the pipe was faster.
    if (got < 0 && (errno == EINTR || (errno == EAGAIN && waits_))) continue;
    if (got < 0) return system_error(name_, "cannot read", errno);
    bytes = static_cast<size_t>(got);
    raw_bytes_ += bytes;
    return got == 0 ? Got::kEnd : Got::kBytes;
  }
}

Result<ByteSource::Got> ByteSource::read_compressed(char* out, size_t room, bool may_wait,
                                                    size_t& bytes) {
  while (true) {
    skip_padding();
    const bool inside = gzip_ ? gzip_->inside : zstd_->inside;
    if (begin_ < end_ || inside) {
      size_t taken = 0;
      const char* in = raw_.data() + begin_;
      const bool good = !padded_ && (gzip_ ? gzip_->step(in, end_ - begin_, taken, out, room, bytes)
                                           : zstd_->step(in, end_ - begin_, taken, out, room, bytes));
      if (!good) return damaged();
      begin_ += taken;
      if (bytes > 0) return Got::kBytes;
      if (taken > 0) continue;
    }
    if (raw_ended_) {
      const bool open = gzip_ ? gzip_->inside : zstd_->inside;
      if (open || begin_ < end_) return truncated();
      return Got::kEnd;
    }
    begin_ = end_ = 0;
    const Result<Got> result = fill(may_wait);
    if (!result.ok() || result.value() == Got::kNothing) return result;
  }
}

// Tapes and block devices fill their last block with zeros; gzip leaves them out, too. Nothing may follow.
void ByteSource::skip_padding() {
  if (!gzip_ || gzip_->inside || !gzip_->any_member) return;
  while (begin_ < end_ && raw_[begin_] == '\0') {
    ++begin_;
    padded_ = true;
  }
}

// Why the decoder refused.
Status ByteSource::damaged() const {
  const std::string kind = gzip_ ? "gzip" : "zstd";
  if (padded_) {
    return {Code::kCorrupt, name_ + ": has other bytes behind the zeros after its " + kind +
                                " data, before byte " + std::to_string(raw_bytes_)};
  }
  if (zstd_ && zstd_->large_window) {
    const bool from_file = fd_ != STDIN_FILENO;
    return {Code::kUnsupported, name_ + ": takes a window of more than 128 MB to decompress (zstd --long); " +
                                    "give what this writes instead: zstd -dc --long=31" +
                                    (from_file ? " " + shell_word(name_) : "")};
  }
  return {Code::kCorrupt, name_ + ": is damaged, or is no " + kind + " file: found bytes that do not decompress "
                              "before byte " + std::to_string(raw_bytes_)};
}

Status ByteSource::truncated() const {
  return {Code::kCorrupt, name_ + ": ends within its compressed data, after byte " +
                              std::to_string(raw_bytes_)};
}

}  // namespace linnet::tools
