// tools/string_list.h - a list of strings, carried as one string: the words of a text, the documents of a query.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::tools {

// Its size, then its bytes, which may be any.
inline void append_item(std::string_view item, std::string& list) {
  const uint64_t size = item.size();
  list.append(reinterpret_cast<const char*>(&size), sizeof size).append(item);
}

// Views of the list, which append_item() made.
inline std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    uint64_t size = 0;
    std::memcpy(&size, list.data(), sizeof size);
    items.push_back(list.substr(sizeof size, size));
    list.remove_prefix(sizeof size + size);
  }
  return items;
}

}  // namespace linnet::tools
