// tools/documents.h - a list of documents, carried as one string.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::tools {

// Its size, then its bytes, which may be any.
inline void append_document(std::string_view document, std::string& list) {
  const uint64_t size = document.size();
  list.append(reinterpret_cast<const char*>(&size), sizeof size).append(document);
}

// Views of the list, which append_document() made.
inline std::vector<std::string_view> documents_of(std::string_view list) {
  std::vector<std::string_view> documents;
  while (!list.empty()) {
    uint64_t size = 0;
    std::memcpy(&size, list.data(), sizeof size);
    documents.push_back(list.substr(sizeof size, size));
    list.remove_prefix(sizeof size + size);
  }
  return documents;
}

}  // namespace linnet::tools
