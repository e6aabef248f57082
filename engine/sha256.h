// engine/sha256.h - names the weights a model was made from, as others publish them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace linnet::engine {

// SHA-256 of the parts, one after the other, in lower-case hex.
std::string sha256_hex(const std::vector<std::span<const std::byte>>& parts);

}  // namespace linnet::engine
