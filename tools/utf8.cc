#include "tools/utf8.h"

#include <cassert>
#include <cstdint>
#include <cstring>

namespace linnet::tools {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Lead {
  size_t length;           // of the whole sequence; 0: no sequence starts so
  unsigned char low, high;  // what the second byte may be
};

// Unicode 15, table 3-7: the second byte excludes overlong forms, surrogates and above U+10FFFF.
Lead lead(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  assert(!text.empty());
  const auto [length, low, high] = lead(static_cast<unsigned char>(text[0]));
  if (length <= 1) return {1, length == 1};
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {i, false};
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char least = i == 1 ? low : 0x80;
    const unsigned char most = i == 1 ? high : 0xBF;
    if (byte < least || byte > most) return {i, false};
  }
  return {length, true};
}

size_t count_wrong_utf8(std::string_view text) {
  constexpr uint64_t kAboveAscii = 0x8080808080808080;
  size_t wrong = 0;
  while (!text.empty()) {
    uint64_t eight = kAboveAscii;
    if (text.size() >= sizeof eight) std::memcpy(&eight, text.data(), sizeof eight);
    if ((eight & kAboveAscii) == 0) {  // most texts are ASCII for the most part
      text.remove_prefix(sizeof eight);
      continue;
    }
    const Utf8Step step = utf8_step(text);
    wrong += step.valid ? 0 : 1;
    text.remove_prefix(step.length);
  }
  return wrong;
}

size_t repair_utf8(std::string& text) {
  size_t valid = 0;  // bytes before the first wrong sequence
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Step step = utf8_step(rest);
    if (!step.valid) break;
    valid += step.length;
    rest.remove_prefix(step.length);
  }
  if (valid == text.size()) return 0;

  size_t repaired = 0;
  std::string result = text.substr(0, valid);
  for (std::string_view rest = std::string_view(text).substr(valid); !rest.empty();) {
    const Utf8Step step = utf8_step(rest);
    result.append(step.valid ? rest.substr(0, step.length) : kReplacement);
    repaired += step.valid ? 0 : 1;
    rest.remove_prefix(step.length);
  }
  text = std::move(result);
  return repaired;
}

std::string one_line(std::string_view text, size_t columns) {
  std::string line;
  for (size_t used = 0; !text.empty(); ++used) {
    if (used == columns) return line + "...";
    const Utf8Step step = utf8_step(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (!step.valid) {
      line.append(kReplacement);
    } else if (byte < 0x20 || byte == 0x7F) {
      line.append(" ");
    } else {
      line.append(text.substr(0, step.length));
    }
    text.remove_prefix(step.length);
  }
  return line;
}

}  // namespace linnet::tools
