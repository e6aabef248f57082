#include "tokenizer/normalized_text.h"

#include <algorithm>

#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

// A scalar of a decomposition or composition, and how the reference places it: 0, it replaces the next
// scalar of the text; 1, it is inserted and stands where the one before does; -n, it replaces one and the
// next n are gone.
struct Change {
  uint32_t scalar;
  uint8_t combining_class;
  int32_t change;
};

std::vector<Change> decomposed(std::span<const uint32_t> scalars) {
  std::vector<Change> out;
  out.reserve(scalars.size());
  size_t run = 0;  // where the marks that are still to be put in order begin
  const auto sort_run = [&] {
    std::stable_sort(out.begin() + static_cast<ptrdiff_t>(run), out.end(),
                     [](const Change& a, const Change& b) {
                       return a.combining_class < b.combining_class;
                     });
    run = out.size();
  };
  for (const uint32_t scalar : scalars) {
    const ScalarSequence parts = decompose(scalar);
    for (size_t i = 0; i < parts.size; ++i) {
      const uint8_t combining = parts.scalars[i] < 0x300 ? 0 : combining_class(parts.scalars[i]);
      if (combining == 0) sort_run();
      out.push_back({parts.scalars[i], combining, i > 0 ? 1 : 0});
      if (combining == 0) run = out.size();
    }
  }
  sort_run();
  return out;
}

// Unicode 15, section 3.11, with the reference's bookkeeping: a mark that joins its starter counts as removed
// behind it, wherever it stood.
std::vector<Change> recomposed(const std::vector<Change>& in) {
  constexpr size_t kNoStarter = SIZE_MAX;
  std::vector<Change> out;
  out.reserve(in.size());
  size_t starter = kNoStarter;  // in `out`
  int last_class = -1;          // of the marks behind it that stayed; -1: there are none
  for (const Change& change : in) {
    if (starter != kNoStarter && last_class < int{change.combining_class}) {
      const uint32_t whole = compose(out[starter].scalar, change.scalar);
      if (whole != 0) {
        out[starter].scalar = whole;
        out[starter].change += change.change - 1;
        continue;
      }
    }
    if (change.combining_class == 0) {
      starter = out.size();
      last_class = -1;
    } else if (starter != kNoStarter) {
      last_class = change.combining_class;
    }
    out.push_back(change);
  }
  return out;
}

}  // namespace

size_t NormalizedText::assign(std::string_view text, size_t begin, size_t end) {
  chars_.clear();
  size_t repaired = 0;
  for (size_t at = begin; at < end;) {
    const Decoded decoded = decode_utf8(text.substr(at, end - at));
    repaired += decoded.valid ? 0 : 1;
    chars_.push_back({decoded.scalar, {static_cast<uint32_t>(at),
                                       static_cast<uint32_t>(at + decoded.size)}});
    at += decoded.size;
  }
  return repaired;
}

void NormalizedText::apply(std::span<const NormalizerStep> steps) {
  for (const NormalizerStep step : steps) {
    switch (step) {
      case NormalizerStep::kClean:
        clean();
        break;
      case NormalizerStep::kChinese:
        space_out_chinese();
        break;
      case NormalizerStep::kNfd:
        change(false);
        break;
      case NormalizerStep::kStripNonspacing:
        std::erase_if(chars_, [](const Char& c) {
          return c.scalar >= 0x300 && is_nonspacing_mark(c.scalar);
        });
        break;
      case NormalizerStep::kLowercase:
        lowercase_all();
        break;
      case NormalizerStep::kNfc:
        change(true);
        break;
      case NormalizerStep::kStripMarks:
        std::erase_if(chars_, [](const Char& c) { return c.scalar >= 0x300 && is_mark(c.scalar); });
        break;
    }
  }
}

void NormalizedText::clean() {
  std::erase_if(chars_, [](const Char& c) { return is_dropped_by_clean_text(c.scalar); });
  for (Char& c : chars_) {
    if (is_whitespace(c.scalar)) c.scalar = ' ';
  }
}

void NormalizedText::space_out_chinese() {
  next_.clear();
  for (const Char& c : chars_) {
    const bool chinese = is_chinese(c.scalar);
    if (chinese) next_.push_back({' ', c.place});
    next_.push_back(c);
    if (chinese) next_.push_back({' ', c.place});
  }
  chars_.swap(next_);
}

void NormalizedText::lowercase_all() {
  next_.clear();
  for (const Char& c : chars_) {
    const ScalarSequence lowered = lowercase(c.scalar);
    for (size_t i = 0; i < lowered.size; ++i) next_.push_back({lowered.scalars[i], c.place});
  }
  chars_.swap(next_);
}

void NormalizedText::change(bool composing) {
  std::vector<uint32_t> scalars;
  scalars.reserve(chars_.size());
  for (const Char& c : chars_) scalars.push_back(c.scalar);
  std::vector<Change> changes = decomposed(scalars);
  if (composing) changes = recomposed(changes);
  next_.clear();
  size_t taken = 0;  // scalars of the old text
  for (const Change& change : changes) {
    const size_t from = change.change > 0 ? taken - 1 : taken;
    const bool none = change.change > 0 && taken == 0;
    next_.push_back({change.scalar, none ? ByteSpan{0, 0} : chars_[std::min(from, chars_.size() - 1)].place});
    if (change.change <= 0) taken += 1 + static_cast<size_t>(-change.change);
  }
  chars_.swap(next_);
}

void NormalizedText::write(std::string& bytes, std::vector<ByteSpan>& places) const {
  bytes.clear();
  places.clear();
  for (const Char& c : chars_) {
    char utf8[4];
    const size_t size = encode_utf8(c.scalar, utf8);
    bytes.append(utf8, size);
    places.insert(places.end(), size, c.place);
  }
}

std::string normalized(std::string_view text, std::span<const NormalizerStep> steps) {
  NormalizedText normalized;
  normalized.assign(text, 0, text.size());
  normalized.apply(steps);
  std::string bytes;
  std::vector<ByteSpan> places;
  normalized.write(bytes, places);
  return bytes;
}

}  // namespace linnet::tokenizer
