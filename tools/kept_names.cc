#include "tools/kept_names.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace linnet::tools {
namespace {

constexpr std::string_view kPrefix = "input_";

// Takes the prefixes away. How many there were.
size_t strip(std::string_view& name) {
  size_t count = 0;
  for (; name.starts_with(kPrefix); ++count) name.remove_prefix(kPrefix.size());
  return count;
}

}  // namespace

std::string kept_name(const std::string& name, std::span<const std::string> written) {
  std::string_view bare = name;
  strip(bare);
  // A label may begin with the prefix, too, and is then a column: one more than it has is needed.
  size_t needed = 0;
  for (const std::string& member : written) {
    std::string_view other = member;
    const size_t prefixes = strip(other);
    if (other == bare) needed = std::max(needed, prefixes + 1);
  }
  std::string result;
  for (size_t i = 0; i < needed; ++i) result.append(kPrefix);
  return result.append(name);
}

std::string renaming(const std::string& name, const std::string& written_as) {
  return "--keep: the field \"" + name + "\" is written as \"" + written_as +
         "\", apart from the names of the results";
}

void drop_doubles(const FieldSelection& selection, std::vector<std::pair<std::string, FieldValue>>& kept) {
  std::unordered_set<std::string_view> seen;  // of names that stay where they are until all are known
  std::vector<bool> dropped(kept.size());
  for (size_t i = kept.size(); i-- > 0;) {
    const bool is_id = selection.id == "id" && kept[i].first == "id";
    dropped[i] = is_id || !seen.insert(kept[i].first).second;
  }
  size_t stay = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (dropped[i]) continue;
    if (stay < i) kept[stay] = std::move(kept[i]);
    ++stay;
  }
  kept.resize(stay);
}

}  // namespace linnet::tools
