// WordPiece::decode: ids -> text, as the reference's decoder (decoders/wordpiece.rs).
#include "tokenizer/decode.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tokenizer/wordpiece.h"

namespace linnet::tokenizer {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

// " ' " and " n't" never fire, there as here: it is done token by token.
void clean_up(std::string& token) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {" .", "."},     {" ?", "?"},           {" !", "!"},   {" ,", ","},
      {" ' ", "'"},    {" n't", "n't"},       {" 'm", "'m"}, {" do not", " don't"},
      {" 's", "'s"},   {" 've", "'ve"},       {" 're", "'re"}};
  for (const auto& [from, to] : kReplacements) replace_all(token, from, to);
}

void WordPiece::decode(std::span<const int32_t> ids, bool skip_special, bool cleanly,
                       std::string& out) const {
  const std::string_view prefix(tables_.header->continuing_prefix, tables_.prefix_size);
  const auto& special = tables_.special_ids;
  bool first = true;
  std::string piece;
  for (const int32_t id : ids) {
    std::string_view token = this->token(id);
    if (token.empty()) continue;
    if (skip_special && std::binary_search(special.begin(), special.end(), id)) continue;
    const bool continues = tables_.header->has_decoder != 0 && token.starts_with(prefix);
    piece.clear();
    if (!first && !continues) piece = " ";
    if (!first && continues) token.remove_prefix(prefix.size());
    piece += token;
    if (cleanly && tables_.header->has_decoder != 0) clean_up(piece);
    out += piece;
    first = false;
  }
}

}  // namespace linnet::tokenizer
