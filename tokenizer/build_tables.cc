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
#include <tuple>

#include "tokenizer/build_automaton.h"
#include "tokenizer/build_chars.h"
#include "tokenizer/build_words.h"
#include "tokenizer/tables.h"
#include "tokenizer/tables_view.h"
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

// ---- added tokens ----------------------------------------------------------------------------------

// The same tokenizer for text that is normalized already.
TokenizerSpec plain_spec(const TokenizerSpec& spec) {
  TokenizerSpec plain = spec;
  plain.clean_text = plain.handle_chinese_chars = plain.strip_accents = plain.lowercase = false;
  plain.normalizer.clear();
  plain.added.clear();
  for (const TokenizerSpec::Added& token : spec.added) {  // what is not in the vocabulary stays out of it
    if (!token.in_vocab) plain.vocab[static_cast<size_t>(token.id)].clear();
  }
  return plain;
}

bool has_normalized_token(const std::vector<AddedToken>& tokens) {
  return std::any_of(tokens.begin(), tokens.end(), [](const AddedToken& token) {
    return (token.flags & kNormalizedToken) != 0;
  });
}

Status build_added(const TokenizerSpec& spec, const std::string& where,
                   std::vector<AddedToken>& tokens, std::string& bytes) {
  const std::vector<NormalizerStep> steps =
      spec.normalizer.empty() ? bert_normalizer(spec.clean_text, spec.handle_chinese_chars,
                                                spec.strip_accents, spec.lowercase)
                              : spec.normalizer;
  struct Looked {
    const TokenizerSpec::Added* token;
    std::string text;
  };
  std::vector<Looked> added;
  std::set<std::pair<bool, std::string>> seen;
  for (const TokenizerSpec::Added& token : spec.added) {
    added.push_back({&token, token.normalized ? normalized(token.content, steps) : token.content});
    const std::string problem =
        added.back().text.empty() ? "' normalizes to nothing"
        : seen.emplace(token.normalized, added.back().text).second ? ""
                                                                   : "' is looked for twice";
    if (!problem.empty()) {
      return {Code::kUnsupported, where + ": added token '" + token.content + problem};
    }
  }
  // As AddedTokenSet wants them, and so that equal tokenizers have equal tables, whatever file they came from.
  std::sort(added.begin(), added.end(), [](const Looked& a, const Looked& b) {
    const auto key = [](const Looked& x) {
      return std::tuple(x.token->normalized, static_cast<uint8_t>(x.text[0]), ~x.text.size(),
                        x.token->id);
    };
    return key(a) < key(b);
  });
  for (const Looked& looked : added) {
    const TokenizerSpec::Added& token = *looked.token;
    AddedToken out{.begin = static_cast<uint32_t>(bytes.size()),
                   .size = static_cast<uint32_t>(token.content.size()),
                   .match_begin = static_cast<uint32_t>(bytes.size()),
                   .match_size = static_cast<uint32_t>(looked.text.size()),
                   .id = token.id,
                   .flags = (token.special ? kSpecialToken : 0) | (token.lstrip ? kStripLeft : 0) |
                            (token.rstrip ? kStripRight : 0) |
                            (token.single_word ? kSingleWord : 0) |
                            (token.normalized ? kNormalizedToken : 0)};
    bytes += token.content;
    if (looked.text != token.content) {
      out.match_begin = static_cast<uint32_t>(bytes.size());
      bytes += looked.text;
    }
    tokens.push_back(out);
  }
  return {};
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

void set_bert_templates(TokenizerSpec& spec, int32_t cls, int32_t sep) {
  spec.single_template = {{cls, 0}, {kFirstText, 0}, {sep, 0}};
  spec.pair_template = {{cls, 0}, {kFirstText, 0}, {sep, 0}, {kSecondText, 1}, {sep, 1}};
}

void set_roberta_templates(TokenizerSpec& spec, int32_t cls, int32_t sep) {
  spec.single_template = {{cls, 0}, {kFirstText, 0}, {sep, 0}};
  spec.pair_template = {{cls, 0}, {kFirstText, 0}, {sep, 0}, {sep, 0}, {kSecondText, 0}, {sep, 0}};
}

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
  const TokenizerSpec normalizing = spec.normalizer.empty() ? spec : plain_spec(spec);
  header.clean_text = normalizing.clean_text;
  header.handle_chinese_chars = normalizing.handle_chinese_chars;
  header.strip_accents = normalizing.strip_accents;
  header.lowercase = normalizing.lowercase;
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
  std::vector<int32_t> prefix_ids, suffix_ids;
  bool before_text = true;
  for (const TemplatePiece& piece : spec.single_template) {
    if (piece.id >= 0) (before_text ? prefix_ids : suffix_ids).push_back(piece.id);
    if (piece.id < 0) before_text = false;
  }
  if (prefix_ids.size() > kMostTemplateIds || suffix_ids.size() > kMostTemplateIds ||
      spec.pair_template.size() > kMostTemplatePieces) {
    return Status{Code::kUnsupported, where + ": more than 4 special tokens beside a text"};
  }
  std::memcpy(header.continuing_prefix, spec.continuing_prefix.data(),
              spec.continuing_prefix.size());
  header.num_prefix_ids = static_cast<uint32_t>(prefix_ids.size());
  header.num_suffix_ids = static_cast<uint32_t>(suffix_ids.size());
  std::copy(prefix_ids.begin(), prefix_ids.end(), header.prefix_ids);
  std::copy(suffix_ids.begin(), suffix_ids.end(), header.suffix_ids);
  header.trims_offsets = spec.trims_offsets;

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

  const bool general = !spec.normalizer.empty();
  std::vector<AddedToken> added_tokens;
  std::string added_bytes;
  if (Status status = build_added(spec, where, added_tokens, added_bytes); !status.ok()) return status;
  const bool needs_plain = !general && has_normalized_token(added_tokens);
  std::vector<std::byte> plain_tables;
  if (needs_plain) {
    auto plain = build_tables(plain_spec(spec), where);
    if (!plain.ok()) return plain.status();
    plain_tables = std::move(plain.value());
  }

  const WordTables words = build_word_tables(general ? plain_spec(spec) : spec, tokens, header.unk_id);
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
  header.single_template = writer.add(all_of(spec.single_template));
  header.pair_template = writer.add(all_of(spec.pair_template));
  header.normalizer = writer.add(all_of(spec.normalizer));
  header.plain_tables = writer.add(std::span<const std::byte>(plain_tables));

  std::vector<std::byte>& bytes = writer.bytes();
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.fingerprint = XXH3_64bits(bytes.data(), bytes.size());
  header.has_decoder = spec.has_decoder;
  header.decodes_cleanly = spec.decodes_cleanly;
  std::memcpy(bytes.data(), &header, sizeof(header));
  return std::move(bytes);
}

}  // namespace linnet::tokenizer
