#include "tools/window.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace linnet::tools {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 20;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

size_t length(const Record& record) { return record.text.size() + record.pair.size(); }

// Of memory, about. A record may carry much more than its text, and many small fields take room of their own.
size_t held_bytes(const Record& record) {
  size_t bytes = length(record) + (record.id ? record.id->text.size() : 0);
  for (const auto& field : record.kept) bytes += sizeof field + field.first.size() + field.second.text.size();
  return bytes;
}

struct TextHash {
  size_t operator()(const Record* record) const {
    const std::hash<std::string_view> hash;
    return hash(record->text) * 31 + hash(record->pair);
  }
};

struct SameText {
  bool operator()(const Record* a, const Record* b) const {
    return a->text == b->text && a->pair == b->pair;
  }
};

Status read_records(RecordReader& reader, const WindowLimits& limits, Window& window) {
  size_t bytes = 0, rows = 0, row_bytes = 0;
  std::unordered_set<size_t> seen;  // hashes: this is about time, and two texts with one hash take little of it
  // The wait for the first record is not counted.
  auto start = std::chrono::steady_clock::now();
  while (window.records.size() < limits.max_records && bytes < kMaxBytes && rows < limits.max_rows &&
         row_bytes < limits.max_row_bytes) {
    if (!window.records.empty() && !reader.ready()) break;
    Record record;
    const Result<bool> more = reader.next(record);
    if (!more.ok()) return more.status();
    window.last = !more.value();
    if (window.last) break;
    if (window.records.empty()) start = std::chrono::steady_clock::now();
    bytes += held_bytes(record);
    if (record.problem.ok() && (!limits.deduplicate || seen.insert(TextHash()(&record)).second)) {
      ++rows;
      row_bytes += length(record) + 1;
    }
    window.last = !record.problem.ok() && limits.stop_at_bad;
    window.records.push_back(std::move(record));
    if (window.last) break;
  }
  window.read_seconds = seconds_since(start);
  return {};
}

void assign_rows(bool deduplicate, Window& window) {
  const std::vector<Record>& records = window.records;
  std::vector<size_t> order;
  order.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].problem.ok()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return length(records[a]) > length(records[b]); });
  std::unordered_map<const Record*, size_t, TextHash, SameText> seen;
  window.rows.assign(records.size(), kNoRow);
  for (const size_t i : order) {
    size_t row = window.texts.size();
    if (deduplicate) row = seen.try_emplace(&records[i], row).first->second;
    window.rows[i] = row;
    if (row < window.texts.size()) continue;
    window.texts.push_back(records[i].text);
    window.pairs.push_back(records[i].pair);
  }
}

}  // namespace

void read_window(RecordReader& reader, const WindowLimits& limits, Window& window) {
  const uint64_t repaired = reader.repaired();
  window.records.clear();  // frees the texts
  window.texts.clear();
  window.pairs.clear();
  window.row_problems.clear();
  window.last = false;
  window.stats = {};
  window.failure = read_records(reader, limits, window);
  window.last = window.last || !window.failure.ok();
  window.end = reader.position();
  window.end_bytes = reader.given_bytes();
  window.repaired = reader.repaired() - repaired;
  assign_rows(limits.deduplicate, window);
}

size_t window_records(size_t bytes_per_result) {
  constexpr size_t kBytes = size_t{4} << 20;
  return std::clamp<size_t>(kBytes / (bytes_per_result + 1), 64, 4096);
}

}  // namespace linnet::tools
