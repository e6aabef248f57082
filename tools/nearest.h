// tools/nearest.h - the known word that a mistyped one is closest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace linnet::tools {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// The first of the nearest. REQUIRES: at least one candidate.
const std::string& nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace linnet::tools
