// linnet/tokenizer.h over tokenizer/wordpiece.h.
#include <algorithm>
#include <limits>
#include <new>
#include <vector>

#include "engine/model_impl.h"

namespace linnet {
namespace {

// Room for most texts: English has about 4.5 bytes a token. A text with more tokens is encoded
// again with twice the room.
size_t first_capacity(size_t text_bytes) { return text_bytes / 3 + 64; }

}  // namespace

Status Tokenizer::encode(std::string_view text, const TokenizeOptions& options,
                         Encoding& out) const try {
  const tokenizer::WordPiece& wordpiece = impl_->wordpiece;
  if (text.size() > std::numeric_limits<uint32_t>::max()) {
    return {Code::kInvalidArgument, "text of " + std::to_string(text.size()) +
                                        " bytes, expected at most 4294967295"};
  }
  const size_t specials = options.add_special_tokens ? wordpiece.num_special_tokens() : 0;
  if (options.max_length != 0 && options.max_length < specials) {
    return {Code::kInvalidArgument, "max_length " + std::to_string(options.max_length) +
                                        " leaves no room for the " + std::to_string(specials) +
                                        " special tokens"};
  }
  const size_t limit =
      std::min(options.max_length == 0 ? std::numeric_limits<size_t>::max() : options.max_length,
               tokenizer::WordPiece::max_tokens(text.size()));
  thread_local tokenizer::Scratch scratch;
  thread_local std::vector<tokenizer::ByteSpan> spans;

  size_t capacity = std::min(limit, std::max(out.ids.capacity(), first_capacity(text.size())));
  while (true) {
    out.ids.resize(capacity);
    out.word_ids.resize(capacity);
    spans.resize(capacity);
    const tokenizer::EncodeResult encoded = wordpiece.encode(
        text,
        {.add_special_tokens = options.add_special_tokens,
         .match_special_tokens = options.match_special_tokens},
        {.ids = out.ids.data(), .spans = spans.data(), .word_ids = out.word_ids.data(),
         .capacity = capacity},
        scratch);
    if (encoded.truncated && capacity < limit) {
      capacity = std::min(limit, 2 * capacity);
      continue;
    }
    out.ids.resize(encoded.num_tokens);
    out.word_ids.resize(encoded.num_tokens);
    out.offsets.resize(encoded.num_tokens);
    for (size_t i = 0; i < encoded.num_tokens; ++i) {
      out.offsets[i] = {spans[i].begin, spans[i].end};
    }
    out.truncated = encoded.truncated;
    out.num_repaired = encoded.num_repaired;
    return {};
  }
} catch (const std::bad_alloc&) {
  return {Code::kOutOfMemory,
          "not enough memory for the tokens of a text of " + std::to_string(text.size()) + " bytes"};
}

std::string_view Tokenizer::token(int32_t id) const { return impl_->wordpiece.token(id); }
std::optional<int32_t> Tokenizer::id(std::string_view token) const {
  return impl_->wordpiece.id(token);
}
const TokenizerInfo& Tokenizer::info() const { return impl_->info; }

}  // namespace linnet
