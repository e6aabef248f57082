// linnet/tokenizer.h - the tokenizer of a model: text <-> token ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"

namespace linnet {

struct TokenizerInfo {
  std::string kind;            // "WordPiece"
  std::string fingerprint;     // 16 hex digits; equal tokenizers have equal fingerprints
  uint32_t vocab_size = 0;
  bool lowercase = false, strip_accents = false, clean_text = false, handle_chinese_chars = false;
  int32_t unk_id = -1, cls_id = -1, sep_id = -1, pad_id = -1, mask_id = -1;  // -1: none
};

struct TokenizeOptions {
  size_t max_length = 0;              // tokens, special ones included; 0: no limit
  bool add_special_tokens = true;     // [CLS] ... [SEP]
  bool match_special_tokens = true;   // "[SEP]" in the text is the special token
};

// One text's tokens. Reuse it from call to call: its vectors keep their memory.
struct Encoding {
  struct Span {
    uint32_t begin, end;              // bytes into the text; {0, 0} for special tokens
  };
  std::vector<int32_t> ids;
  std::vector<Span> offsets;
  std::vector<int32_t> word_ids;      // -1 for special tokens
  bool truncated = false;
  size_t num_repaired = 0;            // invalid UTF-8 sequences read as U+FFFD
};

// Never changes; any number of threads may use one. Lives as long as any copy of its Model.
class Tokenizer {
 public:
  // Text is UTF-8, at most 2^32 - 1 bytes. Fails with kInvalidArgument when max_length leaves no
  // room for the special tokens.
  Status encode(std::string_view text, const TokenizeOptions& options, Encoding& out) const;

  std::string_view token(int32_t id) const;  // "##ing"; empty for an unknown id
  std::optional<int32_t> id(std::string_view token) const;
  const TokenizerInfo& info() const;

  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace linnet
