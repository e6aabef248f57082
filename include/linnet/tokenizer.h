// linnet/tokenizer.h - text <-> token ids: the tokenizer of a model, or one alone.
//
//   auto tokenizer = linnet::Tokenizer::open("bert-base-uncased/tokenizer.json");
//   linnet::Encoding tokens;
//   linnet::Status status = tokenizer.value().encode("A text.", {}, tokens);
//
// The same ids, places, words and types as Hugging Face `tokenizers` (fast BERT) gives, for every text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"

namespace linnet {

struct TokenizerInfo {
  std::string kind;            // "WordPiece"
  std::string fingerprint;     // 16 hex digits; equal tokenizers have equal fingerprints
  uint32_t vocab_size = 0;     // largest id + 1
  bool lowercase = false, strip_accents = false, clean_text = false, handle_chinese_chars = false;
  int32_t unk_id = -1, cls_id = -1, sep_id = -1, pad_id = -1, mask_id = -1;  // -1: none
  uint32_t num_special_tokens = 0;       // added to a text: 2
  uint32_t num_special_tokens_pair = 0;  // added to a pair: 3
};

// Which text of a pair loses tokens when there are more than max_length. kLongestFirst: the longer one,
// then both; computed as the reference does, not token by token.
enum class Truncation { kLongestFirst, kOnlyFirst, kOnlySecond };

struct TokenizeOptions {
  size_t max_length = 0;              // tokens, special ones included; 0: no limit
  bool add_special_tokens = true;     // [CLS] ... [SEP]
  bool match_special_tokens = true;   // "[SEP]" in the text is the special token
  Truncation truncation = Truncation::kLongestFirst;
  bool truncate_left = false;         // the end of a text stays, not its start
  size_t stride = 0;                  // encode_windows(): tokens that a window shares with the one before
};

// One text's or pair's tokens: vectors of one length. Reuse it from call to call: they keep their memory.
struct Encoding {
  struct Span {
    uint32_t begin, end;              // bytes into the text; {0, 0} for special tokens
  };
  std::vector<int32_t> ids;
  std::vector<Span> offsets;          // of a pair: each into its own text
  std::vector<int32_t> word_ids;      // within its text; -1 for special tokens
  std::vector<uint8_t> type_ids;      // 0, and 1 for the second text of a pair, as the template says
  std::vector<int8_t> sequence_ids;   // 0: of the first text, 1: of the second, -1: added by the template
  bool truncated = false;
  size_t num_repaired = 0;            // invalid UTF-8 sequences read as U+FFFD, one per maximal subpart
};

struct DecodeOptions {
  bool skip_special_tokens = true;
  std::optional<bool> clean_up = {};  // no space before punctuation; else as tokenizer.json says
};

// Never changes; any number of threads may use one. Lives as long as any copy of its Model.
// Texts are UTF-8, at most 2^32 - 1 bytes. Everything that encodes fails with kInvalidArgument for a
// max_length that leaves no room for the special tokens, and for what a truncation cannot do.
class Tokenizer {
 public:
  // A tokenizer.json, a vocab.txt (with the settings that lie beside it), their folder, or a .linnet file.
  static Result<Tokenizer> open(const std::string& path);

  Status encode(std::string_view text, const TokenizeOptions& options, Encoding& out) const;
  Status encode_pair(std::string_view first, std::string_view second, const TokenizeOptions& options,
                     Encoding& out) const;

  // Text that is split into words already: each is tokenized alone, word_ids are their indices and
  // offsets count within each.
  Status encode_words(std::span<const std::string_view> words, const TokenizeOptions& options,
                      Encoding& out) const;

  // All of a text, as windows of at most max_length tokens, special ones included, of which each shares
  // `stride` with the one before. Of a pair, those of the text that the truncation shortens, or of both in
  // all combinations. The first window is what encode() gives. (As tokenizers 0.22.2: later versions lose
  // windows.) Fails with kInvalidArgument when a window is not longer than the stride.
  Status encode_windows(std::string_view text, const TokenizeOptions& options,
                        std::vector<Encoding>& windows) const;
  Status encode_windows(std::string_view first, std::string_view second,
                        const TokenizeOptions& options, std::vector<Encoding>& windows) const;

  // How many tokens the text has, special ones included: encode() without a limit. In constant memory for texts
  // that have spaces, tabs or line ends in them, unless an added token does.
  Result<uint64_t> count(std::string_view text, const TokenizeOptions& options = {}) const;

  // Text again. Ids that the vocabulary does not have are left out.
  std::string decode(std::span<const int32_t> ids, const DecodeOptions& options = {}) const;

  std::string_view token(int32_t id) const;  // "##ing"; empty for an unknown id
  std::optional<int32_t> id(std::string_view token) const;
  const TokenizerInfo& info() const;

  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

// Offsets into `text` from bytes to code points or UTF-16 units, in place; each wrong UTF-8 sequence counts
// as the one U+FFFD it is read as. Special tokens stay {0, 0}; an offset beyond the text becomes its end.
enum class OffsetUnit { kByte, kCodepoint, kUtf16 };
void convert_offsets(std::string_view text, OffsetUnit unit, std::span<Encoding::Span> offsets);

}  // namespace linnet
