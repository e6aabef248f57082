// engine/wordpiece_text.h - tokens back to text, as the WordPiece decoder of tokenizers does.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace linnet::engine {

// Pieces with a space before each but the first; one that starts with `prefix` ("##") continues the piece
// before it; " ." becomes "." and so on (the decoder's clean-up).
std::string join_pieces(std::span<const std::string> pieces, std::string_view prefix);

}  // namespace linnet::engine
