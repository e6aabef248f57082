// tokenizer/wordpiece.h - text in, WordPiece token ids out.
//
// The same ids as Hugging Face `tokenizers` 0.23 (fast BERT): BERT normalizer, BERT pre-tokenizer,
// greedy longest match, [CLS] and [SEP]. A WordPiece reads tables that an importer prepared
// (tokenizer/import.h) and that usually lie in a mapped model file; it never changes, and any number
// of threads may encode at once, each with its own Scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"
#include "tokenizer/byte_span.h"
#include "tokenizer/canonical_order.h"
#include "tokenizer/normalized_text.h"
#include "tokenizer/piece_cache.h"
#include "tokenizer/tables_view.h"

namespace linnet::tokenizer {

// Bytes of a text that encode() takes: a ByteSpan has 32 bits for each place.
constexpr size_t kMostTextBytes = UINT32_MAX;

// kInvalidArgument for a text of more. what: "a text has", with which the message begins.
Status check_text_size(size_t bytes, const char* what);

// Where encode() writes: arrays of `capacity` elements that the caller owns. `ids` is required, the
// others may be null. Special tokens added by the template have the span {0, 0} and the word -1.
struct TokenBuffer {
  int32_t* ids = nullptr;
  ByteSpan* spans = nullptr;
  int32_t* word_ids = nullptr;
  size_t capacity = 0;
};

struct EncodeOptions {
  bool add_special_tokens = true;   // [CLS] ... [SEP]
  bool match_special_tokens = true; // "[SEP]" in the text is the special token, as in the reference
};

struct EncodeResult {
  size_t num_tokens = 0;
  size_t num_repaired = 0;  // invalid UTF-8 sequences read as U+FFFD (one per maximal subpart)
  bool truncated = false;   // the text had more tokens than fit in `capacity`
};

// What the tables say about themselves, for `inspect` and for the model's own checks.
struct WordPieceInfo {
  uint32_t vocab_size;  // largest id + 1
  bool clean_text, handle_chinese_chars, strip_accents, lowercase;
  uint32_t max_input_chars_per_word;
  std::string continuing_prefix;
  int32_t unk_id, cls_id, sep_id, pad_id, mask_id;  // -1: the vocabulary has none
  uint32_t num_special_tokens, num_special_tokens_pair;
  uint64_t fingerprint;  // equal tables, equal fingerprint: XXH3 of them
};

// The word being read, and pieces of words read before. Reused from call to call by one thread. At rest it
// is bounded whatever the text: the cache is 1.6 MB, the word 2 KB (by max_chars_per_word, 100 by default),
// marks 100 KB.
struct Scratch {
  PieceCache cache;
  std::vector<int32_t> ids;      // of its pieces, where the caller's buffer may be too small
  std::vector<uint32_t> ends;    // of its pieces, in symbols
  std::vector<ByteSpan> places;  // of its symbols: where they stand in the text
  MarkRun marks;

  // Of tokenizers that need the general normalizer (encode.cc): as large as the text.
  NormalizedText normalized;
  std::string normal_bytes;
  std::vector<ByteSpan> normal_places;
};

class WordPiece {
 public:
  // Checks every bound of `tables` and reads them in place: `tables` (8-byte aligned) must outlive
  // the result. `where` names them in messages. Fails with kCorrupt.
  static Result<WordPiece> from_tables(std::span<const std::byte> tables, const std::string& where);

  // A faster function that does the same (split_runs.h); null: the portable one again.
  void use(SplitRuns split_runs);

  // Encodes UTF-8 `text` of at most kMostTextBytes. Stops reading as soon as the buffer is full:
  // then the [SEP] still comes last and `truncated` is set. Allocates nothing per word.
  // REQUIRES: capacity >= num_special_tokens() when they are added.
  EncodeResult encode(std::string_view text, const EncodeOptions& options,
                      const TokenBuffer& out, Scratch& scratch) const;

  // The token of an id, as in the vocabulary ("##ing"); empty for an id it does not have.
  std::string_view token(int32_t id) const;
  std::optional<int32_t> id(std::string_view token) const;

  // More tokens than any text of so many bytes has.
  static size_t max_tokens(size_t text_bytes);

  // Appends the text of ids, as the reference's decoder; ids that the vocabulary lacks are left out.
  void decode(std::span<const int32_t> ids, bool skip_special, bool cleanly, std::string& out) const;
  bool decodes_cleanly() const { return tables_.header->decodes_cleanly != 0; }

  size_t num_special_tokens() const;  // that encode() adds to a single text: 2
  size_t num_special_tokens_pair() const;
  std::span<const TemplatePiece> single_template() const { return tables_.single_template; }
  std::span<const TemplatePiece> pair_template() const { return tables_.pair_template; }  // may be none

  // Whether a text may be cut before any of these and encoded piece by piece: each ends a word, whatever the
  // normalizer, and no added token has one in it.
  static constexpr std::string_view kSpaces = " \t\r\n";
  bool tokens_have_no_space() const;
  WordPieceInfo info() const;

 private:
  TablesView tables_;
};

}  // namespace linnet::tokenizer
