#include "tools/window.h"

#include <algorithm>

namespace linnet::tools {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 20;

Status fill(RecordReader& reader, size_t max_texts, Window& window) {
  size_t bytes = 0;
  while (window.records.size() < max_texts && bytes < kMaxBytes) {
    if (!window.records.empty() && !reader.ready()) return {};
    Record record;
    const Result<bool> more = reader.next(record);
    if (!more.ok()) return more.status();
    if (!more.value()) {
      window.last = true;
      return {};
    }
    bytes += record.text.size();
    window.records.push_back(std::move(record));
  }
  return {};
}

}  // namespace

Status read_window(RecordReader& reader, size_t max_texts, Window& window) {
  window.first += window.records.size();
  window.records.clear();  // frees the texts
  Status status = fill(reader, max_texts, window);
  window.texts.clear();
  for (const Record& record : window.records) window.texts.push_back(record.text);
  return status;
}

size_t window_texts(size_t floats) {
  constexpr size_t kBytes = size_t{4} << 20;
  return std::clamp<size_t>(kBytes / (floats * sizeof(float) + 1), 64, 4096);
}

}  // namespace linnet::tools
