#include "tools/stream_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace linnet::tools {

struct StreamHash::State {
  XXH3_state_t xxh3;
};

StreamHash::StreamHash() : state_(new State) { XXH3_64bits_reset(&state_->xxh3); }
StreamHash::~StreamHash() = default;

StreamHash& StreamHash::operator=(const StreamHash& other) {
  *state_ = *other.state_;
  return *this;
}

void StreamHash::update(std::string_view bytes) {
  XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

uint64_t StreamHash::value() const { return XXH3_64bits_digest(&state_->xxh3); }

}  // namespace linnet::tools
