#include "tokenizer/build_tables.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "tokenizer/piece_key.h"
#include "tokenizer/tables.h"
#include "tokenizer/unicode.h"

namespace linnet::tokenizer {
namespace {

// ---- characters ------------------------------------------------------------------------------------

constexpr uint32_t kFirstHangul = 0xAC00, kLastHangul = 0xD7A3;

struct CharTables {
  std::vector<uint16_t> page_of;
  std::vector<CharEntry> entries;
  std::vector<uint32_t> sequences;
};

CharKind kind_of_normalized(uint32_t scalar) {
  if (is_whitespace(scalar)) return CharKind::kSpace;
  return is_punctuation(scalar) ? CharKind::kIsolated : CharKind::kWord;
}

// BertNormalizer's steps in its order - clean, space out Chinese, strip accents, lowercase - then
// BertPreTokenizer, for one scalar.
CharEntry entry_of(const TokenizerSpec& spec, uint32_t scalar, CharTables& tables) {
  if (spec.clean_text && is_dropped_by_clean_text(scalar)) return make_entry(CharKind::kDrop, 0);
  const bool chinese = spec.handle_chinese_chars && is_chinese(scalar);
  if (spec.strip_accents && scalar >= kFirstHangul && scalar <= kLastHangul) {
    return make_entry(CharKind::kHangul, 0);
  }

  std::vector<uint32_t> result;
  bool reorder = false;
  const ScalarSequence decomposed =
      spec.strip_accents ? decompose(scalar) : ScalarSequence{{scalar}, 1};
  for (size_t i = 0; i < decomposed.size; ++i) {
    const uint32_t part = decomposed.scalars[i];
    if (spec.strip_accents && is_nonspacing_mark(part)) continue;
    reorder = reorder || (spec.strip_accents && combining_class(part) != 0);
    const ScalarSequence lowered = spec.lowercase ? lowercase(part) : ScalarSequence{{part}, 1};
    result.insert(result.end(), lowered.scalars, lowered.scalars + lowered.size);
  }
  if (result.empty()) return make_entry(CharKind::kDrop, 0);
  if (result.size() == 1) {
    const uint32_t becomes = result[0] == scalar ? 0 : result[0];
    const CharKind kind = chinese ? CharKind::kIsolated : kind_of_normalized(result[0]);
    return make_entry(kind, becomes) | (reorder ? kReorderFlag : 0u);
  }
  const auto at = static_cast<uint32_t>(tables.sequences.size());
  tables.sequences.push_back(static_cast<uint32_t>(result.size()));
  for (const uint32_t part : result) {
    tables.sequences.push_back(make_entry(kind_of_normalized(part), part));
  }
  return make_entry(CharKind::kSequence, at) | (reorder ? kReorderFlag : 0u);
}

// Most pages are equal to another one and are stored once.
CharTables build_chars(const TokenizerSpec& spec) {
  CharTables tables;
  std::map<std::vector<CharEntry>, uint16_t> known;
  for (uint32_t page = 0; page < kNumPages; ++page) {
    std::vector<CharEntry> entries;
    for (uint32_t i = 0; i < kPageSize; ++i) {
      entries.push_back(entry_of(spec, page * uint32_t{kPageSize} + i, tables));
    }
    const auto [at, is_new] = known.emplace(entries, static_cast<uint16_t>(known.size()));
    if (is_new) tables.entries.insert(tables.entries.end(), entries.begin(), entries.end());
    tables.page_of.push_back(at->second);
  }
  return tables;
}

// ---- vocabulary ------------------------------------------------------------------------------------

// At most half full, so that a miss ends soon.
std::vector<Slot> build_slots(const std::vector<std::pair<std::string_view, int32_t>>& tokens) {
  std::vector<Slot> slots(std::bit_ceil(2 * tokens.size() + 2), Slot{0, 0, -1});
  for (const auto& [text, id] : tokens) {
    const PieceKey key = copied_piece_key(text);
    size_t at = key.hash % slots.size();
    while (slots[at].id >= 0) at = (at + 1) % slots.size();
    slots[at] = {key.start, key.tag, id};
  }
  return slots;
}

// ---- the whole -------------------------------------------------------------------------------------

class Writer {
 public:
  template <typename T>
  Part add(std::span<const T> elements) {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    const Part part{static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(elements.size())};
    const auto raw = std::as_bytes(elements);
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
    return part;
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(sizeof(TablesHeader));
};

template <typename T>
std::span<const T> all_of(const std::vector<T>& v) {
  return v;
}

}  // namespace

Result<std::vector<std::byte>> build_tables(const TokenizerSpec& spec, const std::string& where) {
  std::map<std::string_view, int32_t> ids;  // of equal tokens the last, as in Python's dict
  for (size_t id = 0; id < spec.vocab.size(); ++id) {
    if (!spec.vocab[id].empty()) ids[spec.vocab[id]] = static_cast<int32_t>(id);
  }
  const auto id_of = [&](const std::string& token) {
    const auto at = ids.find(token);
    return at == ids.end() ? -1 : at->second;
  };
  TablesHeader header = {};
  std::memcpy(header.magic, kTablesMagic, sizeof(kTablesMagic));
  header.version = kTablesVersion;
  header.vocab_size = static_cast<uint32_t>(spec.vocab.size());
  header.clean_text = spec.clean_text;
  header.handle_chinese_chars = spec.handle_chinese_chars;
  header.strip_accents = spec.strip_accents;
  header.lowercase = spec.lowercase;
  header.max_chars_per_word = spec.max_chars_per_word;
  header.unk_id = id_of(spec.unk);
  header.cls_id = id_of(spec.cls);
  header.sep_id = id_of(spec.sep);
  header.pad_id = id_of(spec.pad);
  header.mask_id = id_of(spec.mask);
  if (header.unk_id < 0) {
    return Status{Code::kCorrupt, where + ": the vocabulary has no " + spec.unk +
                                      ", the token for unknown words"};
  }
  if (spec.max_chars_per_word < 1 || spec.max_chars_per_word > kMostCharsPerWord) {
    return Status{Code::kUnsupported, where + ": max_input_chars_per_word is " +
                                          std::to_string(spec.max_chars_per_word) +
                                          ", expected 1 to " + std::to_string(kMostCharsPerWord)};
  }
  if (spec.continuing_prefix.size() >= sizeof(header.continuing_prefix)) {
    return Status{Code::kUnsupported, where + ": continuing_subword_prefix is longer than 15 bytes"};
  }
  if (spec.prefix_ids.size() > kMostTemplateIds || spec.suffix_ids.size() > kMostTemplateIds) {
    return Status{Code::kUnsupported, where + ": more than 4 special tokens beside a text"};
  }
  std::memcpy(header.continuing_prefix, spec.continuing_prefix.data(),
              spec.continuing_prefix.size());
  header.num_prefix_ids = static_cast<uint32_t>(spec.prefix_ids.size());
  header.num_suffix_ids = static_cast<uint32_t>(spec.suffix_ids.size());
  std::copy(spec.prefix_ids.begin(), spec.prefix_ids.end(), header.prefix_ids);
  std::copy(spec.suffix_ids.begin(), spec.suffix_ids.end(), header.suffix_ids);

  std::vector<uint32_t> token_begins = {0};
  std::string token_bytes;
  for (const std::string& token : spec.vocab) {
    token_bytes += token;
    token_begins.push_back(static_cast<uint32_t>(token_bytes.size()));
  }
  std::set<int32_t> only_added;
  for (const TokenizerSpec::Added& token : spec.added) {
    if (!token.in_vocab) only_added.insert(token.id);
  }
  std::vector<std::pair<std::string_view, int32_t>> words, pieces;
  for (const auto& [token, id] : ids) {
    if (only_added.contains(id)) continue;
    words.emplace_back(token, id);
    if (token.size() > spec.continuing_prefix.size() &&
        token.substr(0, spec.continuing_prefix.size()) == spec.continuing_prefix) {
      pieces.emplace_back(token.substr(spec.continuing_prefix.size()), id);
    }
  }

  std::vector<TokenizerSpec::Added> added = spec.added;
  std::stable_sort(added.begin(), added.end(), [](const auto& a, const auto& b) {
    if (a.content.size() != b.content.size()) return a.content.size() > b.content.size();
    return a.id < b.id;  // so that equal tokenizers have equal tables, whatever file they came from
  });
  std::vector<AddedToken> added_tokens;
  std::string added_bytes;
  for (const TokenizerSpec::Added& token : added) {
    added_tokens.push_back({static_cast<uint32_t>(added_bytes.size()),
                            static_cast<uint32_t>(token.content.size()), token.id,
                            token.special ? 1u : 0u});
    added_bytes += token.content;
  }

  const CharTables chars = build_chars(spec);
  Writer writer;
  header.page_of = writer.add(all_of(chars.page_of));
  header.entries = writer.add(all_of(chars.entries));
  header.sequences = writer.add(all_of(chars.sequences));
  header.token_begins = writer.add(all_of(token_begins));
  header.token_bytes = writer.add(std::span<const char>(token_bytes));
  header.word_slots = writer.add(all_of(build_slots(words)));
  header.piece_slots = writer.add(all_of(build_slots(pieces)));
  header.added_tokens = writer.add(all_of(added_tokens));
  header.added_bytes = writer.add(std::span<const char>(added_bytes));

  std::vector<std::byte>& bytes = writer.bytes();
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.fingerprint = XXH3_64bits(bytes.data(), bytes.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  return std::move(bytes);
}

}  // namespace linnet::tokenizer
