// engine/strides.h - how sizes are rounded up, and how far apart rows lie.
#pragma once

#include <cstddef>

namespace linnet::engine {

// A row of `n` floats and its distance to the next: an odd number of cache lines, since powers of
// two would put all rows of a kernel's tile in one set of the L1 cache.
constexpr size_t padded_stride(size_t n) { return ((n + 15) / 16 | 1) * 16; }
constexpr size_t padded_byte_stride(size_t n) { return ((n + 63) / 64 | 1) * 64; }  // of bytes
constexpr size_t round_up_4(size_t n) { return (n + 3) / 4 * 4; }
constexpr size_t round_up_16(size_t n) { return (n + 15) / 16 * 16; }

}  // namespace linnet::engine
