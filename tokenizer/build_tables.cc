#include "tokenizer/build_tables.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "tokenizer/build_automaton.h"
#include "tokenizer/build_chars.h"
#include "tokenizer/build_words.h"
#include "tokenizer/tables.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_key.h"

namespace linnet::tokenizer {
namespace {

// ---- vocabulary ------------------------------------------------------------------------------------

// No value: not UTF-8.
std::optional<std::vector<uint32_t>> scalars_of(std::string_view text) {
  std::vector<uint32_t> scalars;
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = decode_utf8(text.substr(at));
    if (!decoded.valid) return std::nullopt;
    scalars.push_back(decoded.scalar);
    at += decoded.size;
  }
  return scalars;
}

// The scalars that words consist of once they are normalized.
std::vector<bool> word_scalars(const CharTables& chars) {
  std::vector<bool> in_words(kScalars, false);
  const auto see = [&](CharEntry entry, uint32_t scalar) {
    if (kind_of(entry) != CharKind::kWord) return;
    in_words[payload_of(entry) == 0 ? scalar : payload_of(entry)] = true;
  };
  for (uint32_t scalar = 0; scalar < kScalars; ++scalar) {
    const CharEntry entry = chars.entry(scalar);
    see(entry, scalar);
    if (kind_of(entry) == CharKind::kHangul) {
      for (uint32_t jamo = 0x1100; jamo < 0x1200; ++jamo) in_words[jamo] = true;
    }
  }
  for (size_t at = 0; at < chars.sequences.size(); at += chars.sequences[at] + 1) {
    for (uint32_t i = 1; i <= chars.sequences[at]; ++i) see(chars.sequences[at + i], 0);
  }
  return in_words;
}

struct WordTables {
  StepTables steps;
  std::vector<uint32_t> jamo;
  WordTable words;
  Automaton automaton;
  uint32_t num_symbols = 0;
};

using Tokens = std::map<std::string_view, int32_t>;

// Only what encoding can meet: tokens of word scalars, no longer than a word may be.
std::vector<TokenSymbols> token_symbols(const Tokens& tokens, std::string_view prefix,
                                        const std::vector<bool>& in_words, size_t max_chars,
                                        std::vector<uint32_t>& counts) {
  std::vector<TokenSymbols> result;
  for (const auto& [token, id] : tokens) {
    if (token.size() <= prefix.size() || token.substr(0, prefix.size()) != prefix) continue;
    auto scalars = scalars_of(token.substr(prefix.size()));
    if (!scalars || scalars->size() > max_chars) continue;
    if (!std::all_of(scalars->begin(), scalars->end(), [&](uint32_t s) { return in_words[s]; })) continue;
    for (const uint32_t scalar : *scalars) ++counts[scalar];
    result.push_back({std::move(*scalars), id});
  }
  return result;
}

WordTables build_word_tables(const TokenizerSpec& spec, const Tokens& tokens, int32_t unk_id) {
  const CharTables chars = build_chars(spec);
  const std::vector<bool> in_words = word_scalars(chars);
  std::vector<uint32_t> counts(kScalars, 0);
  auto words = token_symbols(tokens, "", in_words, spec.max_chars_per_word, counts);
  auto pieces = token_symbols(tokens, spec.continuing_prefix, in_words, spec.max_chars_per_word, counts);

  // Symbols: the scalars by how often tokens have them, so that most are small and stand close together.
  std::vector<uint32_t> alphabet;
  for (uint32_t scalar = 0; scalar < kScalars; ++scalar) {
    if (counts[scalar] > 0) alphabet.push_back(scalar);
  }
  std::stable_sort(alphabet.begin(), alphabet.end(),
                   [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
  std::vector<uint32_t> symbols(kScalars, 0);
  for (size_t i = 0; i < alphabet.size(); ++i) symbols[alphabet[i]] = static_cast<uint32_t>(i + 1);
  for (std::vector<TokenSymbols>* all : {&words, &pieces}) {
    for (TokenSymbols& token : *all) {
      for (uint32_t& symbol : token.symbols) symbol = symbols[symbol];
    }
  }

  // Words that a text can say as they are, and ASCII punctuation.
  const auto as_itself = [&](uint32_t scalar, CharKind kind) {
    return chars.entry(scalar) == make_step(kind, 0);
  };
  std::vector<std::pair<std::string, int32_t>> whole;
  std::vector<uint32_t> ids(kScalars, static_cast<uint32_t>(unk_id));
  for (const auto& [token, id] : tokens) {
    const auto scalars = scalars_of(token);
    if (!scalars || scalars->empty()) continue;
    if (scalars->size() == 1) ids[(*scalars)[0]] = static_cast<uint32_t>(id);
    const bool plain = std::all_of(scalars->begin(), scalars->end(), [&](uint32_t scalar) {
      return scalar != 0 && as_itself(scalar, CharKind::kWord);
    });
    if (plain && token.size() <= kLongestKey && scalars->size() <= spec.max_chars_per_word) {
      whole.emplace_back(token, id);
    }
  }
  for (uint32_t scalar = 1; scalar < 0x80; ++scalar) {
    if (!as_itself(scalar, CharKind::kIsolated)) continue;
    whole.emplace_back(std::string(1, static_cast<char>(scalar)), static_cast<int32_t>(ids[scalar]));
  }

  WordTables tables;
  tables.num_symbols = static_cast<uint32_t>(alphabet.size());
  tables.steps = build_steps(chars, symbols, ids);
  for (uint32_t i = 0; i < kLeads; ++i) tables.jamo.push_back(symbols[0x1100 + i]);
  for (uint32_t i = 0; i < kVowels; ++i) tables.jamo.push_back(symbols[0x1161 + i]);
  for (uint32_t i = 0; i < kTrails; ++i) tables.jamo.push_back(symbols[0x11A7 + i]);
  tables.words = build_words(whole);
  tables.automaton = build_automaton(std::move(words), std::move(pieces), tables.num_symbols);
  return tables;
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
  if (spec.vocab.size() > kMostTokens) {
    return Status{Code::kUnsupported, where + ": ids up to " + std::to_string(spec.vocab.size() - 1) +
                                          ", expected at most " + std::to_string(kMostTokens - 1)};
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
  Tokens tokens;
  std::vector<uint32_t> ids_by_text;
  for (const auto& [token, id] : ids) {
    if (only_added.contains(id)) continue;
    tokens.emplace(token, id);
    ids_by_text.push_back(static_cast<uint32_t>(id));
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

  const WordTables words = build_word_tables(spec, tokens, header.unk_id);
  header.num_symbols = words.num_symbols;
  header.word_root = words.automaton.word_root;
  header.piece_root = words.automaton.piece_root;
  header.word_seed = words.words.seed;
  Writer writer;
  header.token_begins = writer.add(all_of(token_begins));
  header.token_bytes = writer.add(std::span<const char>(token_bytes));
  header.ids_by_text = writer.add(all_of(ids_by_text));
  header.added_tokens = writer.add(all_of(added_tokens));
  header.added_bytes = writer.add(std::span<const char>(added_bytes));
  header.page_of = writer.add(all_of(words.steps.page_of));
  header.steps = writer.add(all_of(words.steps.steps));
  header.sequences = writer.add(all_of(words.steps.sequences));
  header.jamo = writer.add(all_of(words.jamo));
  header.word_slots = writer.add(all_of(words.words.slots));
  header.displacements = writer.add(all_of(words.words.displacements));
  header.nodes = writer.add(all_of(words.automaton.nodes));
  header.failures = writer.add(all_of(words.automaton.failures));
  header.depths = writer.add(all_of(words.automaton.depths));
  header.emitted = writer.add(all_of(words.automaton.emitted));

  std::vector<std::byte>& bytes = writer.bytes();
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.fingerprint = XXH3_64bits(bytes.data(), bytes.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  return std::move(bytes);
}

}  // namespace linnet::tokenizer
