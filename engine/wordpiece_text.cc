#include "engine/wordpiece_text.h"

#include "tokenizer/decode.h"

namespace linnet::engine {

std::string join_pieces(std::span<const std::string> pieces, std::string_view prefix) {
  std::string text;
  for (size_t i = 0; i < pieces.size(); ++i) {
    std::string piece = pieces[i];
    if (i > 0 && !prefix.empty() && piece.starts_with(prefix)) {
      piece.erase(0, prefix.size());
    } else if (i > 0) {
      piece.insert(0, " ");
    }
    tokenizer::clean_up(piece);
    text += piece;
  }
  return text;
}

}  // namespace linnet::engine
