// tools/stream_hash.h - XXH3 of bytes as they come by: recognizes an input that was read before.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace linnet::tools {

class StreamHash {
 public:
  StreamHash();
  ~StreamHash();
  StreamHash(const StreamHash&) = delete;
  StreamHash& operator=(const StreamHash& other);  // cheap: half a kilobyte

  void update(std::string_view bytes);
  uint64_t value() const;  // of all bytes so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace linnet::tools
