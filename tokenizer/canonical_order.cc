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

// Asked of scalars of class 0 only: clean_text drops no others.
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
    if (starts_a_run(scalar) && !is_filtered(scalar, clean_text)) break;
  }
  return place;
}

constexpr uint32_t class_of(uint32_t mark) { return mark >> 24; }

// Stable, and in linear time: a text may be nothing but marks.
void order_by_class(std::span<uint32_t> marks) {
  const auto by_class = [](uint32_t a, uint32_t b) { return class_of(a) < class_of(b); };
  if (std::is_sorted(marks.begin(), marks.end(), by_class)) return;
  std::array<size_t, 257> begins = {};  // of each class, in the result
  for (const uint32_t mark : marks) ++begins[class_of(mark) + 1];
  for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  const std::vector<uint32_t> before(marks.begin(), marks.end());
  for (const uint32_t mark : before) marks[begins[class_of(mark)]++] = mark;
}

}  // namespace

size_t canonical_run(std::string_view text, size_t begin, size_t at, size_t end, bool clean_text,
                     MarkRun& run) {
  auto& [marks, places, first_unread] = run;
  marks.clear();
  places.clear();
  const bool starter_at = starts_a_run(decode_utf8(text.substr(at, end - at)).scalar);
  const size_t first = starter_at ? at : run_begin(text, begin, at, clean_text);
  size_t next = first;
  while (next < end) {
    const Decoded decoded = decode_utf8(text.substr(next, end - next));
    const ScalarSequence parts = decompose(decoded.scalar);
    uint32_t combining = combining_class(parts.scalars[0]);
    if (combining != 0 || !is_filtered(decoded.scalar, clean_text)) {
      if (next > first && combining == 0) break;
      places.push_back({static_cast<uint32_t>(next), static_cast<uint32_t>(next + decoded.size)});
      marks.push_back(parts.scalars[0] | combining << 24);
      for (size_t i = 1; i < parts.size; ++i) {
        combining = combining_class(parts.scalars[i]);
        marks.push_back(parts.scalars[i] | MarkRun::kInserted | combining << 24);
      }
    }
    next += decoded.size;
  }

  // Stretches of marks between scalars of class 0, each in the order of the classes.
  for (size_t i = 0; i < marks.size();) {
    size_t stop = i;
    while (stop < marks.size() && class_of(marks[stop]) != 0) ++stop;
    order_by_class(std::span(marks).subspan(i, stop - i));
    i = std::max(stop, i + 1);
  }

  // A starter before `at` has been read already.
  first_unread = 0;
  while (!starter_at && first_unread < marks.size() && class_of(marks[first_unread]) == 0) ++first_unread;
  return next;
}

}  // namespace linnet::tokenizer
