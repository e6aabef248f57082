#include "tools/pretty.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr size_t kLabelColumns = 24, kBarColumns = 30, kTextColumns = 300;

bool terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool colours() {
  const char* no_color = std::getenv("NO_COLOR");
  return terminal() && (no_color == nullptr || *no_color == '\0');
}

size_t columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::vector<Option> pretty_options() {
  return {{Option::Kind::kFlag, '\0', "pretty", "",
           "for people to read (default: on a terminal, without -o, --format, --keep and --id-field)"}};
}

Arguments pretty_by_default(const Arguments& args) {
  const bool carries = args.value("keep") || args.value("id-field");  // what this format has no place for
  const bool free = !args.value("output") && !args.value("format") && !carries;
  if (!args.flag("pretty", free && terminal()) || args.value("format")) return args;
  auto given = args.given();
  given.emplace_back("format", "pretty");
  return Arguments(args.command(), std::move(given));
}

OutputLayout pretty_layout() {
  OutputLayout layout;
  layout.kind = OutputLayout::Kind::kRaw;
  layout.null_row = "(no result)\n\n";
  return layout;
}

std::string coloured(std::string_view text, size_t number) {
  constexpr const char* kColours[] = {"\033[36m", "\033[33m", "\033[35m", "\033[32m", "\033[34m",
                                      "\033[31m"};
  if (!colours()) return std::string(text);
  return kColours[number % std::size(kColours)] + std::string(text) + "\033[0m";
}

std::string emphasized(std::string_view text) {
  return colours() ? "\033[1m" + std::string(text) + "\033[0m" : std::string(text);
}

void append_pretty_text(std::string_view text, std::string_view pair, std::string& out) {
  out.append(emphasized(one_line(text, kTextColumns))).append("\n");
  if (!pair.empty()) out.append(emphasized(one_line(pair, kTextColumns))).append("\n");
}

void append_bar(std::string_view label, float score, std::string& out) {
  char number[64];
  const auto end = std::to_chars(number, number + sizeof number, score, std::chars_format::fixed, 4).ptr;
  const std::string digits(number, end);
  const std::string shown = printable(label);
  const size_t width = columns(shown);
  out.append("  ").append(shown).append(width < kLabelColumns ? kLabelColumns - width : 1, ' ');
  out.append(digits.size() < 9 ? 9 - digits.size() : 1, ' ').append(digits).append("  ");
  const float share = std::clamp(score, 0.0f, 1.0f);
  const auto filled = static_cast<size_t>(share * static_cast<float>(kBarColumns) + 0.5f);
  out.append(coloured(std::string(filled, '#'), 0)).append("\n");
}

std::string printable(std::string_view text) { return one_line(text, text.size()); }

}  // namespace linnet::tools
