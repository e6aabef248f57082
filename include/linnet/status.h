// linnet/status.h - how every fallible call of Linnet reports failure.
//
// Nothing in Linnet prints, aborts or exits, and what returns a Status or a Result does not throw across the API;
// what returns a value may throw std::bad_alloc alone. Bad input comes back as a Status whose message names the file,
// the place, what was found and what was expected; kOutOfMemory has no message where there is no memory for one.
//
// Two libraries make exceptions. In builds with LINNET_THREADS=openmp libgomp ends the process where the system refuses
// it a thread; LINNET_THREADS=pool goes on with fewer. nlohmann::json, which reads what models and tokenizers say about
// themselves, ends it where memory is so short that its destructor finds none: this concerns open(), import_model() and
// VocabTrainer::write(), and nothing that works on texts.
//
// This header is the one part of the public API that every room inside the library also uses; it depends on nothing.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace linnet {

enum class Code {
  kOk = 0,
  kNotFound,         // no such file, folder or tensor
  kIo,               // the operating system refused: permission, full disk, closed pipe
  kCorrupt,          // a file contradicts itself, its checksum or its format
  kUnsupported,      // understood, but not something this build or this CPU can do
  kInvalidArgument,  // the caller asked for something that cannot be
  kOutOfMemory,
  kBusy,             // a queue is full: try again later
  kCancelled,        // by cancel(), or because its queue was closed
};

// Success, or a code to branch on and one sentence to print.
struct [[nodiscard]] Status {
  Code code = Code::kOk;
  std::string message;

  bool ok() const { return code == Code::kOk; }
};

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status error) : status_(std::move(error)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // REQUIRES: ok().
  T& value() {
    assert(ok());
    return *value_;
  }
  const T& value() const {
    assert(ok());
    return *value_;
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace linnet
