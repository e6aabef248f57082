#include "engine/sequence.h"

#include <algorithm>
#include <string>

namespace linnet::engine {

Status tokenize(const tokenizer::WordPiece& wordpiece, std::string_view text, size_t limit,
                tokenizer::Scratch& scratch, Tokens& out) {
  if (Status s = tokenizer::check_text_size(text.size(), "a text has"); !s.ok()) return s;
  limit = std::min(limit, tokenizer::WordPiece::max_tokens(text.size()));
  // Most texts have a token for every three bytes or more; one that has fewer bytes is read again.
  size_t capacity = std::min(limit, std::max(out.ids.capacity(), text.size() / 3 + 16));
  while (true) {
    out.ids.resize(capacity);
    out.spans.resize(capacity);
    out.word_ids.resize(capacity);
    const tokenizer::EncodeResult encoded =
        wordpiece.encode(text, {.add_special_tokens = false},
                         {.ids = out.ids.data(),
                          .spans = out.spans.data(),
                          .word_ids = out.word_ids.data(),
                          .capacity = capacity},
                         scratch);
    if (encoded.truncated && capacity < limit) {
      capacity = std::min(limit, 2 * capacity + 16);
      continue;
    }
    out.ids.resize(encoded.num_tokens);
    out.spans.resize(encoded.num_tokens);
    out.word_ids.resize(encoded.num_tokens);
    out.num_repaired = encoded.num_repaired;
    out.truncated = encoded.truncated;
    return {};
  }
}

namespace {

using tokenizer::TemplatePiece;

// What the template of a pair says; false where it is not [CLS] A [SEP]... B [SEP] with the type 0 up to B.
bool read_pair_template(std::span<const TemplatePiece> pair, bool has_types, SequenceFormat& format) {
  if (pair.size() < 5) return false;
  const size_t end_of_first = pair.size() - 2;
  const TemplatePiece second = pair[end_of_first], last = pair.back();
  bool fits = pair[0].id == format.cls && pair[1].id == tokenizer::kFirstText &&
              second.id == tokenizer::kSecondText && last.id == format.sep;
  for (size_t i = 2; i < end_of_first; ++i) fits = fits && pair[i].id == format.sep;
  for (size_t i = 0; has_types && i < end_of_first; ++i) fits = fits && pair[i].type_id == 0;
  if (has_types) fits = fits && second.type_id <= 1 && last.type_id == second.type_id;
  format.pair_separators = static_cast<uint32_t>(pair.size() - 4);
  format.second_type = second.type_id;
  return fits;
}

}  // namespace

Result<SequenceFormat> sequence_format(const tokenizer::WordPiece& wordpiece, const ModelConfig& config,
                                       uint32_t max_length, bool pairs) {
  const std::span<const TemplatePiece> single = wordpiece.single_template();
  if (single.size() != 3 || single[1].id != tokenizer::kFirstText) {
    return Status{Code::kUnsupported, "the tokenizer's template puts " +
                                          std::to_string(wordpiece.num_special_tokens()) +
                                          " special tokens around a text, expected [CLS] before and [SEP] behind it"};
  }
  SequenceFormat format = {.cls = single[0].id,
                           .sep = single[2].id,
                           .pair_separators = config.encoder.pair_separators,
                           .second_type = 1,
                           .max_length = max_length};
  const std::span<const TemplatePiece> pair = wordpiece.pair_template();
  if (pairs && !pair.empty() && !read_pair_template(pair, config.encoder.type_vocab_size > 1, format)) {
    return Status{Code::kUnsupported, "the tokenizer's template of a pair is not [CLS] A [SEP] B [SEP]"};
  }
  return format;
}

Sequence single_sequence(const SequenceFormat& format, const Tokens& text, size_t begin, size_t end) {
  Sequence sequence;
  sequence.ids.reserve(end - begin + 2);
  sequence.ids.push_back(format.cls);
  sequence.ids.insert(sequence.ids.end(), text.ids.begin() + static_cast<ptrdiff_t>(begin),
                      text.ids.begin() + static_cast<ptrdiff_t>(end));
  sequence.first = 1;
  sequence.last = static_cast<uint32_t>(sequence.ids.size());
  sequence.begin = static_cast<uint32_t>(begin);
  sequence.ids.push_back(format.sep);
  sequence.second_begin = static_cast<uint32_t>(sequence.ids.size());
  return sequence;
}

Sequence pair_sequence(const SequenceFormat& format, const Tokens& a, size_t a_size, const Tokens& b,
                       size_t begin, size_t end) {
  Sequence sequence;
  sequence.ids.reserve(a_size + end - begin + format.pair_specials());
  sequence.ids.push_back(format.cls);
  sequence.ids.insert(sequence.ids.end(), a.ids.begin(), a.ids.begin() + static_cast<ptrdiff_t>(a_size));
  sequence.ids.insert(sequence.ids.end(), format.pair_separators, format.sep);
  sequence.second_begin = sequence.first = static_cast<uint32_t>(sequence.ids.size());
  sequence.ids.insert(sequence.ids.end(), b.ids.begin() + static_cast<ptrdiff_t>(begin),
                      b.ids.begin() + static_cast<ptrdiff_t>(end));
  sequence.last = static_cast<uint32_t>(sequence.ids.size());
  sequence.begin = static_cast<uint32_t>(begin);
  sequence.ids.push_back(format.sep);
  if (format.second_type == 0) sequence.second_begin = static_cast<uint32_t>(sequence.ids.size());
  return sequence;
}

PairSizes longest_first(size_t a, size_t b, size_t room) {
  if (a + b <= room) return {a, b};
  size_t shorter = std::min(a, b), longer = std::max(a, b);
  longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  return a <= b ? PairSizes{shorter, longer} : PairSizes{longer, shorter};
}

std::vector<TokenWindow> token_windows(size_t size, size_t room, size_t stride) {
  std::vector<TokenWindow> windows;
  for (size_t begin = 0;; begin += room - stride) {
    const size_t end = std::min(begin + room, size);
    windows.push_back({begin, end});
    if (end == size) return windows;
  }
}

Status check_stride(size_t stride, size_t room, const char* what) {
  if (stride < room) return {};
  return {Code::kInvalidArgument, "stride " + std::to_string(stride) + ", expected less than " +
                                      std::to_string(room) + ", " + what};
}

}  // namespace linnet::engine
