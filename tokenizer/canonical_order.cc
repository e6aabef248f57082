#include "tokenizer/canonical_order.h"

#include <algorithm>
#include <array>
#include <span>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

// Where the scalar that ends at `end` begins.
size_t scalar_before(std::string_view text, size_t begin, size_t end) {
  for (size_t size = 4; size > 1; --size) {
    if (end - begin < size) continue;
    const Decoded decoded = decode_utf8(text.substr(end - size, size));
    if (decoded.valid && decoded.size == size) return end - size;
  }
  return end - 1;
}

bool starts_a_run(uint32_t scalar) { return combining_class(decompose(scalar).scalars[0]) == 0; }

bool is_filtered(uint32_t scalar, bool clean_text) {
  return clean_text && is_dropped_by_clean_text(scalar);
}

// The last scalar before `at` that starts a run, else `begin`.
size_t run_begin(std::string_view text, size_t begin, size_t at, bool clean_text) {
  size_t place = at;
  while (place > begin) {
    const size_t before = scalar_before(text, begin, place);
    const uint32_t scalar = decode_utf8(text.substr(before)).scalar;
    place = before;
    if (!is_filtered(scalar, clean_text) && starts_a_run(scalar)) break;
  }
  return place;
}

// Stable, and in linear time: a text may be nothing but marks.
void order_by_class(std::span<Scratch::Mark> marks) {
  const auto by_class = [](const Scratch::Mark& a, const Scratch::Mark& b) {
    return a.combining_class < b.combining_class;
  };
  if (std::is_sorted(marks.begin(), marks.end(), by_class)) return;
  std::array<size_t, 257> begins = {};  // of each class, in the result
  for (const Scratch::Mark& mark : marks) ++begins[mark.combining_class + size_t{1}];
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  const std::vector<Scratch::Mark> before(marks.begin(), marks.end());
  for (const Scratch::Mark& mark : before) marks[begins[mark.combining_class]++] = mark;
}

}  // namespace

size_t canonical_run(std::string_view text, size_t begin, size_t at, size_t end, bool clean_text,
                     std::vector<Scratch::Mark>& marks) {
  marks.clear();
  std::vector<ByteSpan> places;  // of the scalars before decomposition, in order
  const bool starter_at = starts_a_run(decode_utf8(text.substr(at, end - at)).scalar);
  const size_t first = starter_at ? at : run_begin(text, begin, at, clean_text);
  size_t next = first;
  while (next < end) {
    const Decoded decoded = decode_utf8(text.substr(next, end - next));
    if (!is_filtered(decoded.scalar, clean_text)) {
      if (next > first && starts_a_run(decoded.scalar)) break;
      const ByteSpan place{static_cast<uint32_t>(next),
                           static_cast<uint32_t>(next + decoded.size)};
      places.push_back(place);
      const ScalarSequence parts = decompose(decoded.scalar);
      for (size_t i = 0; i < parts.size; ++i) {
        marks.push_back({parts.scalars[i], combining_class(parts.scalars[i]), i > 0, place});
      }
    }
    next += decoded.size;
  }

  // Stretches of marks between scalars of class 0, each in the order of the classes.
  for (size_t i = 0; i < marks.size();) {
    size_t stop = i;
    while (stop < marks.size() && marks[stop].combining_class != 0) ++stop;
    order_by_class(std::span(marks).subspan(i, stop - i));
    i = std::max(stop, i + 1);
  }

  // The reference gives places out in the new order: a scalar that replaces one takes the next place,
  // an inserted one keeps the last.
  size_t taken = 0;
  for (Scratch::Mark& mark : marks) {
    if (!mark.inserted && taken < places.size()) ++taken;
    mark.span = places[taken == 0 ? 0 : taken - 1];
  }
  // What stands before `at` has been read already.
  const bool skip_starter = !starter_at && !marks.empty() && marks[0].combining_class == 0;
  size_t skip = 0;
  while (skip_starter && skip < marks.size() && marks[skip].combining_class == 0) ++skip;
  marks.erase(marks.begin(), marks.begin() + static_cast<ptrdiff_t>(skip));
  std::erase_if(marks, [](const Scratch::Mark& mark) { return is_nonspacing_mark(mark.scalar); });
  return next;
}

}  // namespace linnet::tokenizer
