// tools/nearest.h - the known word that a mistyped one is closest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace linnet::tools {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// "; the nearest one is X": the first of the nearest, or nothing where that is another word, not a mistyped one.
std::string nearest_hint(std::string_view word, std::span<const std::string> candidates);

}  // namespace linnet::tools
