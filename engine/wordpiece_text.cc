#include "engine/wordpiece_text.h"

namespace linnet::engine {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// decoders/wordpiece.rs: cleanup().
std::string clean_up(std::string piece) {
  constexpr std::string_view kPairs[][2] = {{" .", "."},     {" ?", "?"},           {" !", "!"},
                                            {" ,", ","},     {" ' ", "'"},          {" n't", "n't"},
                                            {" 'm", "'m"},   {" do not", " don't"}, {" 's", "'s"},
                                            {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kPairs) replace_all(piece, from, to);
  return piece;
}

}  // namespace

std::string join_pieces(std::span<const std::string> pieces, std::string_view prefix) {
  std::string text;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::string& piece = pieces[i];
    if (i == 0) {
      text += clean_up(piece);
    } else if (!prefix.empty() && piece.starts_with(prefix)) {
      text += clean_up(piece.substr(prefix.size()));
    } else {
      text += clean_up(" " + piece);
    }
  }
  return text;
}

}  // namespace linnet::engine
