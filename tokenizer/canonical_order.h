// tokenizer/canonical_order.h - the one thing in BERT's normalizer that looks at neighbours: NFD puts
// combining marks in the order of their classes. It shows only where a mark is left that strip_accents
// does not remove: 83 scalars of Unicode 9, none in ordinary text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/byte_span.h"

namespace linnet::tokenizer {

// Marks in canonical order, and the scalar before them.
struct MarkRun {
  static constexpr uint32_t kScalar = (1u << 21) - 1, kInserted = 1u << 21;

  std::vector<uint32_t> marks;   // scalar, kInserted where a decomposition adds it, class << 24
  std::vector<ByteSpan> places;  // of the scalars that they come from, in the order of the text
  size_t first_unread = 0;       // of the marks

  // Calls take(scalar, place) for each that is not read yet, with the place that the reference gives it. It
  // gives them out in the new order: a scalar that replaces one takes the next place, an inserted one keeps
  // the last.
  template <typename Take>
  void each(Take take) const {
    size_t place = 0, taken = 0;
    for (size_t i = 0; i < marks.size(); ++i) {
      if ((marks[i] & kInserted) == 0 && taken < places.size()) place = taken++;
      if (i >= first_unread) take(marks[i] & kScalar, places[place]);
    }
  }
};

// `text` [begin, end) is one stretch between added tokens; `at` is the start of a scalar with
// kReorderFlag. Finds the run of marks that it belongs to, decomposes and orders it; what stands before `at`
// is read already. Returns where the run ends.
size_t canonical_run(std::string_view text, size_t begin, size_t at, size_t end, bool clean_text,
                     MarkRun& run);

}  // namespace linnet::tokenizer
