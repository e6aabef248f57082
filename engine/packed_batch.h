// engine/packed_batch.h - texts of a chunk, one after the other, without padding.
//
// A batch is one (total_tokens, hidden) matrix and the row where each text starts: only attention
// looks at the borders, so no mask exists anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace linnet::engine {

struct PackedBatch {
  // Room for any texts until `token_budget` is reached, the last one of up to `max_length` tokens.
  PackedBatch(size_t token_budget, size_t max_length)
      : ids(token_budget + max_length),
        type_ids(token_budget + max_length),
        positions(token_budget + max_length),
        row_text(token_budget + max_length) {
    row_begin.reserve(ids.size() + 1);
    key_begin.reserve(ids.size() + 1);
    clear();
  }

  void clear() {
    row_begin.assign(1, 0);
    key_begin.assign(1, 0);
  }

  size_t num_texts() const { return row_begin.size() - 1; }
  size_t num_tokens() const { return row_begin.back(); }
  size_t length(size_t text) const { return row_begin[text + 1] - row_begin[text]; }

  // Closes a text whose `length` >= 1 ids already stand at ids[num_tokens()].
  void add_text(size_t length) {
    const uint32_t begin = row_begin.back();
    for (uint32_t i = 0; i < length; ++i) {
      type_ids[begin + i] = 0;
      positions[begin + i] = static_cast<int32_t>(i);
      row_text[begin + i] = static_cast<uint32_t>(num_texts());
    }
    const auto tokens = static_cast<uint32_t>(length);
    row_begin.push_back(begin + tokens);
    key_begin.push_back(key_begin.back() + (tokens + 15) / 16 * 16);
  }

  std::vector<int32_t> ids;         // [T]
  std::vector<int32_t> type_ids;    // [T]
  std::vector<int32_t> positions;   // [T] from 0 in each text
  std::vector<uint32_t> row_text;   // [T] the text of a row
  std::vector<uint32_t> row_begin;  // [texts + 1] first row of each text
  std::vector<uint32_t> key_begin;  // [texts + 1] the same, lengths rounded up to 16: see Workspace::k
};

}  // namespace linnet::engine
