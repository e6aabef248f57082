#include "tokenizer/tables_view.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace linnet::tokenizer {
namespace {

// Makes spans of the parts; keeps the first failure.
class Checker {
 public:
  Checker(std::span<const std::byte> tables, const std::string& where)
      : tables_(tables), where_(where) {}

  void require(bool condition, const char* what) {
    if (!condition && status_.ok()) {
      status_ = {Code::kCorrupt, where_ + ": the tokenizer's tables are damaged: " + what};
    }
  }

  template <typename T>
  void span(Part part, const char* name, std::span<const T>& result) {
    const uint64_t end = part.offset + uint64_t{part.count} * sizeof(T);
    const bool inside = part.offset % 8 == 0 && end <= tables_.size();
    require(inside, name);
    if (!inside) return;
    result = {reinterpret_cast<const T*>(tables_.data() + part.offset), part.count};
  }

  const Status& status() const { return status_; }

 private:
  std::span<const std::byte> tables_;
  const std::string& where_;
  Status status_;
};

bool valid_entry(CharEntry entry, std::span<const uint32_t> sequences) {
  const uint32_t payload = payload_of(entry);
  switch (kind_of(entry)) {
    case CharKind::kWord:
    case CharKind::kIsolated:
      return payload < 0x110000;
    case CharKind::kSpace:
    case CharKind::kDrop:
    case CharKind::kHangul:
      return true;
    case CharKind::kSequence:
      return payload < sequences.size() && sequences[payload] < sequences.size() - payload;
  }
  return false;
}

bool valid_sequence_element(uint32_t element) {
  return kind_of(element) <= CharKind::kSpace && payload_of(element) < 0x110000;
}

void check_chars(const TablesView& view, Checker& check) {
  check.require(view.page_of.size() == kNumPages, "page_of");
  check.require(view.entries.size() % kPageSize == 0, "entries");
  const size_t pages = view.entries.size() / kPageSize;
  check.require(std::all_of(view.page_of.begin(), view.page_of.end(),
                            [&](uint16_t page) { return page < pages; }),
                "page_of");
  for (const CharEntry entry : view.entries) {
    check.require(valid_entry(entry, view.sequences), "entries");
    if (!check.status().ok()) return;
    if (kind_of(entry) != CharKind::kSequence) continue;
    const uint32_t at = payload_of(entry);
    for (uint32_t i = 1; i <= view.sequences[at]; ++i) {
      check.require(valid_sequence_element(view.sequences[at + i]), "sequences");
    }
  }
}

// Every token of a slot is at least as long as the prefix that a lookup takes off it.
void check_slots(const TablesView& view, std::span<const Slot> slots, size_t prefix_size,
                 Checker& check) {
  check.require(std::has_single_bit(slots.size()), "slots");
  bool has_free = false;
  for (const Slot& slot : slots) {
    has_free = has_free || slot.id < 0;
    const bool valid = slot.id < 0 || (static_cast<uint32_t>(slot.id) < view.header->vocab_size &&
                                       view.token(slot.id).size() >= prefix_size);
    check.require(valid, "slots");
    if (!valid) return;
  }
  check.require(has_free, "slots");
}

void check_tokens(TablesView& view, Checker& check) {
  const uint32_t vocab_size = view.header->vocab_size;
  check.require(view.token_begins.size() == size_t{vocab_size} + 1, "token_begins");
  if (!check.status().ok()) return;
  for (size_t id = 0; id < vocab_size; ++id) {
    const uint32_t begin = view.token_begins[id], end = view.token_begins[id + 1];
    check.require(begin <= end && end <= view.token_bytes.size(), "token_begins");
    view.longest_token = std::max<size_t>(view.longest_token, end - begin);
  }
  if (!check.status().ok()) return;
  check_slots(view, view.word_slots, 0, check);
  check_slots(view, view.piece_slots, view.prefix_size, check);
  for (const AddedToken& token : view.added_tokens) {
    const bool inside = token.size > 0 && token.begin <= view.added_bytes.size() &&
                        token.size <= view.added_bytes.size() - token.begin;
    check.require(inside && token.id >= 0 && static_cast<uint32_t>(token.id) < vocab_size,
                  "added_tokens");
    if (!check.status().ok()) return;
    view.starts_added_token[static_cast<uint8_t>(view.added(token)[0])] = true;
  }
}

void check_header(const TablesHeader& header, Checker& check) {
  check.require(header.max_chars_per_word >= 1 && header.max_chars_per_word <= kMostCharsPerWord,
                "max_chars_per_word");
  check.require(header.num_prefix_ids <= kMostTemplateIds &&
                    header.num_suffix_ids <= kMostTemplateIds,
                "template");
  const auto valid_id = [&](int32_t id, int32_t least) {
    return id >= least && (id < 0 || static_cast<uint32_t>(id) < header.vocab_size);
  };
  check.require(valid_id(header.unk_id, 0), "unk_id");
  for (const int32_t id : {header.cls_id, header.sep_id, header.pad_id, header.mask_id}) {
    check.require(valid_id(id, -1), "special ids");
  }
  for (size_t i = 0; i < kMostTemplateIds; ++i) {
    check.require(valid_id(header.prefix_ids[i], 0) && valid_id(header.suffix_ids[i], 0),
                  "template");
  }
}

// What encode() asks of most texts, at hand.
void summarize(TablesView& view) {
  for (uint32_t c = 0; c < view.ascii_letter.size(); ++c) {
    const CharEntry entry = view.entry(c);
    const uint32_t becomes = payload_of(entry) == 0 ? c : payload_of(entry);
    const bool simple = kind_of(entry) == CharKind::kWord && (entry & kReorderFlag) == 0;
    if (simple && becomes < 0x80) view.ascii_letter[c] = static_cast<char>(becomes);
  }
  const auto& starts = view.starts_added_token;
  if (std::count(starts.begin(), starts.end(), true) == 1) {
    view.only_start = static_cast<int>(std::find(starts.begin(), starts.end(), true) - starts.begin());
  }
}

}  // namespace

Result<TablesView> view_tables(std::span<const std::byte> tables, const std::string& where) {
  Checker check(tables, where);
  check.require(tables.size() >= sizeof(TablesHeader), "too short");
  check.require(reinterpret_cast<uintptr_t>(tables.data()) % 8 == 0, "not aligned");
  if (!check.status().ok()) return check.status();

  TablesView view;
  view.header = reinterpret_cast<const TablesHeader*>(tables.data());
  const TablesHeader& header = *view.header;
  check.require(std::memcmp(header.magic, kTablesMagic, sizeof(kTablesMagic)) == 0, "magic");
  check.require(header.version == kTablesVersion, "version");
  check_header(header, check);
  check.span(header.page_of, "page_of", view.page_of);
  check.span(header.entries, "entries", view.entries);
  check.span(header.sequences, "sequences", view.sequences);
  check.span(header.token_begins, "token_begins", view.token_begins);
  check.span(header.token_bytes, "token_bytes", view.token_bytes);
  check.span(header.word_slots, "word_slots", view.word_slots);
  check.span(header.piece_slots, "piece_slots", view.piece_slots);
  check.span(header.added_tokens, "added_tokens", view.added_tokens);
  check.span(header.added_bytes, "added_bytes", view.added_bytes);
  if (!check.status().ok()) return check.status();
  view.prefix_size = strnlen(header.continuing_prefix, sizeof(header.continuing_prefix));
  check_chars(view, check);
  if (check.status().ok()) check_tokens(view, check);
  if (!check.status().ok()) return check.status();
  summarize(view);
  return view;
}

}  // namespace linnet::tokenizer
