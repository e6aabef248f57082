// engine/checksum.h - XXH3, the checksum of everything in a .linnet file. Finds damage, not malice.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace linnet::engine {

inline uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace linnet::engine
