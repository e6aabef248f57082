#include "tokenizer/tables_view.h"

#include <algorithm>
#include <atomic>
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

bool valid_step(Step step, const TablesView& view) {
  const uint32_t payload = payload_of(step);
  switch (kind_of(step)) {
    case CharKind::kWord:
      return payload <= view.header->num_symbols;
    case CharKind::kIsolated:
      return payload < view.header->vocab_size;
    case CharKind::kSpace:
    case CharKind::kDrop:
    case CharKind::kHangul:
      return true;
    case CharKind::kSequence:
      return payload < view.sequences.size() &&
             view.sequences[payload] < view.sequences.size() - payload;
  }
  return false;
}

void check_steps(const TablesView& view, Checker& check) {
  check.require(view.page_of.size() == kNumPages, "page_of");
  check.require(view.steps.size() % kPageSize == 0 && view.steps.size() >= kDirectSteps, "steps");
  const size_t pages = view.steps.size() / kPageSize;
  check.require(std::all_of(view.page_of.begin(), view.page_of.end(),
                            [&](uint16_t page) { return page < pages; }),
                "page_of");
  for (const Step step : view.steps) {
    check.require(valid_step(step, view), "steps");
    if (!check.status().ok()) return;
    if (kind_of(step) != CharKind::kSequence) continue;
    const uint32_t at = payload_of(step);
    for (uint32_t i = 1; i <= view.sequences[at]; ++i) {
      const Step element = view.sequences[at + i];
      check.require(kind_of(element) <= CharKind::kSpace && valid_step(element, view), "sequences");
    }
  }
  check.require(view.jamo.size() == kLeads + kVowels + kTrails &&
                    std::all_of(view.jamo.begin(), view.jamo.end(),
                                [&](uint32_t symbol) { return symbol <= view.header->num_symbols; }),
                "jamo");
}

// Of a piece: the symbols that it takes off the start of what a node stands for are those that the failure's
// next node does not stand for. Then pieces end in order and within their word. After the bounds.
void check_depths(const TablesView& view, Checker& check) {
  const auto depth = [&](uint32_t node) { return uint32_t{view.depths[node]}; };
  bool right = depth(view.header->word_root) == 0 && depth(view.header->piece_root) == 0;
  for (uint32_t at = 0; at < view.nodes.size() && right; ++at) {
    const uint32_t parent = view.nodes[at].check;
    if (parent != 0) right = parent < view.nodes.size() && depth(at) == depth(parent) + 1;
    const Failure& failure = view.failures[at];
    if (failure.next == 0 || !right) continue;
    right = depth(failure.next) < depth(at);
    if ((failure.tokens & kManyTokens) == 0) continue;
    const Emitted* const list = &view.emitted[failure.tokens & ~kManyTokens];
    uint64_t end = depth(failure.next);
    for (uint32_t i = 1; i <= list->symbols; ++i) end += list[i].symbols;
    right = right && end == depth(at);
  }
  check.require(right, "depths");
}

// Every index that a word can lead to, so that encode() need not look.
void check_words(const TablesView& view, Checker& check) {
  const TablesHeader& header = *view.header;
  const auto valid_id = [&](int32_t id) { return static_cast<uint32_t>(id) < header.vocab_size; };
  check.require(std::has_single_bit(view.word_slots.size()) && std::has_single_bit(view.displacements.size()),
                "word_slots");
  for (const WordSlot& slot : view.word_slots) {
    check.require(slot.id == -1 ? slot.start == 0 : valid_id(slot.id), "word_slots");
  }
  const size_t places = view.nodes.size();
  check.require(places > 2 && places <= ~uint32_t{0} && view.failures.size() == places &&
                    view.depths.size() == places && header.num_symbols < 0x110000,
                "nodes");
  if (!check.status().ok()) return;
  // base ^ symbol has the high bits of base and any low ones.
  const uint32_t low_bits = std::bit_ceil(header.num_symbols + 1) - 1;
  uint32_t last_child = 0, last_next = 0;
  for (const Node& node : view.nodes) last_child = std::max(last_child, node.base | low_bits);
  for (const Failure& failure : view.failures) last_next = std::max(last_next, failure.next);
  check.require(last_child < places, "nodes");
  check.require(last_next < places, "failures");
  check.require(header.word_root > 0 && header.word_root < places && header.piece_root > 0 &&
                    header.piece_root < places,
                "roots");
  for (const Failure& failure : view.failures) {
    const uint32_t at = failure.tokens & ~kManyTokens;
    if ((failure.tokens & kManyTokens) == 0) {
      check.require(at < header.vocab_size, "failures");
    } else {
      const bool inside = at < view.emitted.size() && view.emitted[at].symbols > 0 &&
                          view.emitted[at].symbols < view.emitted.size() - at;
      check.require(inside, "failures");
    }
  }
  for (const Emitted& token : view.emitted) {
    check.require(valid_id(token.id) && token.symbols <= kMostCharsPerWord, "emitted");
  }
  if (check.status().ok()) check_depths(view, check);
}

void check_tokens(TablesView& view, Checker& check) {
  const uint32_t vocab_size = view.header->vocab_size;
  check.require(view.token_begins.size() == size_t{vocab_size} + 1, "token_begins");
  if (!check.status().ok()) return;
  bool in_order = view.token_begins.back() <= view.token_bytes.size();
  for (size_t id = 0; id < vocab_size; ++id) {
    in_order = in_order && view.token_begins[id] <= view.token_begins[id + 1];
  }
  check.require(in_order, "token_begins");
  check.require(std::all_of(view.ids_by_text.begin(), view.ids_by_text.end(),
                            [&](uint32_t id) { return id < vocab_size; }),
                "ids_by_text");
  if (!check.status().ok()) return;
  for (const AddedToken& token : view.added_tokens) {
    const auto inside = [&](uint32_t begin, uint32_t size) {
      return size > 0 && begin <= view.added_bytes.size() && size <= view.added_bytes.size() - begin;
    };
    check.require(inside(token.begin, token.size) && inside(token.match_begin, token.match_size) &&
                      token.flags <= kAddedTokenFlags && token.id >= 0 &&
                      static_cast<uint32_t>(token.id) < vocab_size,
                  "added_tokens");
    if (!check.status().ok()) return;
  }
  const auto first_normalized =
      std::find_if(view.added_tokens.begin(), view.added_tokens.end(), [](const AddedToken& token) {
        return (token.flags & kNormalizedToken) != 0;
      });
  const auto raw = static_cast<size_t>(first_normalized - view.added_tokens.begin());
  view.raw_tokens = AddedTokenSet::of(view.added_tokens.first(raw), view.added_bytes);
  view.normalized_tokens = AddedTokenSet::of(view.added_tokens.subspan(raw), view.added_bytes);
  check.require(view.raw_tokens.first_of[256] == raw &&
                    view.normalized_tokens.first_of[256] == view.added_tokens.size() - raw,
                "the order of added_tokens");
}

// Each text at most once, and ids that exist.
void check_template(const TablesView& view, std::span<const TemplatePiece> pieces, size_t seconds,
                    Checker& check) {
  size_t first = 0, second = 0;
  for (const TemplatePiece& piece : pieces) {
    first += piece.id == kFirstText ? 1 : 0;
    second += piece.id == kSecondText ? 1 : 0;
    check.require(piece.id >= kSecondText && piece.type_id < 256 &&
                      (piece.id < 0 || static_cast<uint32_t>(piece.id) < view.header->vocab_size),
                  "template");
  }
  check.require(first == 1 && second == seconds && pieces.size() <= kMostTemplatePieces, "template");
}

void check_normalizer(TablesView& view, const std::string& where, Checker& check) {
  for (const NormalizerStep step : view.normalizer) {
    check.require(static_cast<uint32_t>(step) < kNormalizerSteps, "normalizer");
  }
  const TablesHeader& header = *view.header;
  view.bert_steps = bert_normalizer(header.clean_text != 0, header.handle_chinese_chars != 0,
                                    header.strip_accents != 0, header.lowercase != 0);
  if (view.plain_tables.empty() || !check.status().ok()) return;
  // Not deeper than one.
  const auto* inner = reinterpret_cast<const TablesHeader*>(view.plain_tables.data());
  check.require(view.plain_tables.size() >= sizeof(TablesHeader) && inner->plain_tables.count == 0,
                "plain_tables");
  if (!check.status().ok()) return;
  const auto plain = view_tables(std::as_bytes(view.plain_tables), where);
  check.require(plain.ok() && plain.value().header->vocab_size == header.vocab_size, "plain_tables");
  if (check.status().ok()) view.plain_view = std::make_shared<TablesView>(plain.value());
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

// The scalars that BertNormalizer makes ASCII punctuation of, beside itself.
struct ToPunctuation {
  const char* scalar;
  char ascii;
};
constexpr ToPunctuation kDecomposeToPunctuation[] = {{"\u037E", ';'},
                                                     {"\u1FEF", '`'},
                                                     {"\u2260", '='},
                                                     {"\u226E", '<'},
                                                     {"\u226F", '>'}};

// One character of ASCII punctuation for each token, the same where they share one. Empty: some token has none.
std::string triggers_of(const AddedTokenSet& tokens) {
  constexpr std::string_view kPunctuation = "[]<>{}()|_#@$%&*+/\\^~!?.,:-'\"=;`";
  std::string triggers;
  for (const AddedToken& token : tokens.tokens) {
    const std::string_view text = tokens.looked_for(token);
    const size_t at = kPunctuation.find_first_of(text);
    if (at == std::string_view::npos) return "";
    if (text.find_first_of(triggers) == std::string_view::npos) triggers += kPunctuation[at];
  }
  return triggers;
}

// What encode() asks of most texts, at hand.
void summarize(TablesView& view) {
  bool lowercases = true;
  for (uint32_t byte = 'A'; byte <= 'Z'; ++byte) {
    lowercases = lowercases && view.steps[byte] == view.steps[byte + 0x20];
  }
  ByteClasses& ascii = view.ascii;
  ascii.to_lower = lowercases ? 0x20 : 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const bool upper = byte >= 'A' && byte <= 'Z';
    ascii.becomes[byte] = static_cast<uint8_t>(byte == 0 ? 0xFF : byte + (upper ? ascii.to_lower : 0u));
    const Step step = byte < 0x80 ? view.steps[byte] : 0;
    const CharKind kind = kind_of(step);
    // As itself, or what it becomes as itself: it has the same symbol.
    const bool plain = byte > 0 && byte < 0x80 && kind == CharKind::kWord && (step & kReorderFlag) == 0 &&
                       step == view.steps[ascii.becomes[byte]];
    const auto add_to = [byte](uint8_t* rows) {
      rows[byte & 15] = static_cast<uint8_t>(rows[byte & 15] | 1u << (byte >> 4));
    };
    const bool space = byte < 0x80 && kind == CharKind::kSpace;
    const bool alone = byte < 0x80 && kind == CharKind::kIsolated;
    if (space) add_to(ascii.spaces);
    if (alone) add_to(ascii.alone);
    if (plain) add_to(ascii.plain);
    ascii.classes[byte] = space   ? ByteClasses::kSpace
                          : alone ? ByteClasses::kAlone
                          : plain ? 0
                                  : ByteClasses::kOther;
  }
  for (const AddedToken& token : view.added_tokens) {
    if ((token.flags & kSpecialToken) != 0) view.special_ids.push_back(token.id);
  }
  std::sort(view.special_ids.begin(), view.special_ids.end());
  view.normalized_triggers = triggers_of(view.normalized_tokens);
}

}  // namespace

std::vector<NormalizerStep> bert_normalizer(bool clean_text, bool handle_chinese_chars,
                                            bool strip_accents, bool lowercase) {
  std::vector<NormalizerStep> steps;
  if (clean_text) steps.push_back(NormalizerStep::kClean);
  if (handle_chinese_chars) steps.push_back(NormalizerStep::kChinese);
  if (strip_accents) {
    steps.insert(steps.end(), {NormalizerStep::kNfd, NormalizerStep::kStripNonspacing});
  }
  if (lowercase) steps.push_back(NormalizerStep::kLowercase);
  return steps;
}

bool TablesView::may_hold_normalized_token(std::string_view text) const {
  if (normalized_tokens.tokens.empty()) return false;
  if (normalized_triggers.empty()) return true;
  for (const char trigger : normalized_triggers) {
    if (text.find(trigger) != std::string_view::npos) return true;
    for (const ToPunctuation& other : kDecomposeToPunctuation) {
      if (other.ascii == trigger && text.find(other.scalar) != std::string_view::npos) return true;
    }
  }
  return false;
}

Result<TablesView> view_tables(std::span<const std::byte> tables, const std::string& where) {
  Checker check(tables, where);
  check.require(tables.size() >= sizeof(TablesHeader), "too short");
  check.require(reinterpret_cast<uintptr_t>(tables.data()) % 8 == 0, "not aligned");
  if (!check.status().ok()) return check.status();

  static std::atomic<uint64_t> views = 0;
  TablesView view;
  view.serial = ++views;
  view.header = reinterpret_cast<const TablesHeader*>(tables.data());
  const TablesHeader& header = *view.header;
  check.require(std::memcmp(header.magic, kTablesMagic, sizeof(kTablesMagic)) == 0, "magic");
  check.require(header.version == kTablesVersion, "version");
  check_header(header, check);
  check.span(header.token_begins, "token_begins", view.token_begins);
  check.span(header.token_bytes, "token_bytes", view.token_bytes);
  check.span(header.ids_by_text, "ids_by_text", view.ids_by_text);
  check.span(header.added_tokens, "added_tokens", view.added_tokens);
  check.span(header.added_bytes, "added_bytes", view.added_bytes);
  check.span(header.page_of, "page_of", view.page_of);
  check.span(header.steps, "steps", view.steps);
  check.span(header.sequences, "sequences", view.sequences);
  check.span(header.jamo, "jamo", view.jamo);
  check.span(header.word_slots, "word_slots", view.word_slots);
  check.span(header.displacements, "displacements", view.displacements);
  check.span(header.nodes, "nodes", view.nodes);
  check.span(header.failures, "failures", view.failures);
  check.span(header.depths, "depths", view.depths);
  check.span(header.emitted, "emitted", view.emitted);
  check.span(header.single_template, "template", view.single_template);
  check.span(header.pair_template, "template", view.pair_template);
  check.span(header.normalizer, "normalizer", view.normalizer);
  check.span(header.plain_tables, "plain_tables", view.plain_tables);
  if (!check.status().ok()) return check.status();
  view.prefix_size = strnlen(header.continuing_prefix, sizeof(header.continuing_prefix));
  check_steps(view, check);
  if (check.status().ok()) check_tokens(view, check);
  if (check.status().ok()) check_words(view, check);
  if (check.status().ok()) check_template(view, view.single_template, 0, check);
  if (check.status().ok() && !view.pair_template.empty()) {
    check_template(view, view.pair_template, 1, check);
  }
  if (check.status().ok()) check_normalizer(view, where, check);
  if (!check.status().ok()) return check.status();
  summarize(view);
  return view;
}

int32_t TablesView::find_token(std::string_view text) const {
  const auto at = std::lower_bound(
      ids_by_text.begin(), ids_by_text.end(), text,
      [this](uint32_t id, std::string_view t) { return token(static_cast<int32_t>(id)) < t; });
  if (at == ids_by_text.end() || token(static_cast<int32_t>(*at)) != text) return -1;
  return static_cast<int32_t>(*at);
}

}  // namespace linnet::tokenizer
