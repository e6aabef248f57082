#include "tools/nearest.h"

#include <algorithm>
#include <vector>

namespace linnet::tools {

size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table: before_last is needed for swaps only.
  std::vector<size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest_hint(std::string_view word, std::span<const std::string> candidates) {
  const std::string* found = nullptr;
  size_t least = word.size() / 2 + 1;  // at least half of it is right
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance >= least) continue;
    found = &candidate;
    least = distance;
  }
  return found == nullptr ? "" : "; the nearest one is " + *found;
}

}  // namespace linnet::tools
