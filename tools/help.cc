#include "tools/help.h"

#include <string_view>

namespace linnet::tools {
namespace {

constexpr size_t kColumns = 80;

// Appends `text` word by word; lines after the first start at column `indent`.
void wrap(std::string_view text, size_t column, size_t indent, std::string& out) {
  while (!text.empty()) {
    const size_t length = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + length > kColumns) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out.append(" ");
      ++column;
    }
    out.append(text.substr(0, length));
    column += length;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  out.append("\n");
}

void append_row(const std::string& left, std::string_view right, size_t indent, std::string& out) {
  out.append(left);
  size_t column = left.size();
  if (column + 2 > indent) {
    out.append("\n");
    column = 0;
  }
  out.append(indent - column, ' ');
  wrap(right, indent, indent, out);
}

std::string spelled(const Option& option) {
  std::string text = option.letter == '\0' ? "      --" : "  -" + std::string(1, option.letter) + ", --";
  if (option.kind == Option::Kind::kFlag) text += "[no-]";
  text += option.name;
  if (option.kind == Option::Kind::kValue) text += " " + option.argument;
  return text;
}

}  // namespace

std::string command_help(const Command& command) {
  std::string out;
  const std::string usage = "usage: linnet " + command.name + " ";
  out.append(usage);
  wrap(command.usage, usage.size(), usage.size(), out);
  out.append("\n");
  wrap(command.summary, 0, 0, out);
  out.append("\noptions:\n");
  for (const Option& option : command.options) append_row(spelled(option), option.help, 28, out);
  out.append("\nexamples:\n");
  for (const std::string& example : command.examples) out.append("  ").append(example).append("\n");
  return out;
}

std::string program_help(std::span<const Command> commands) {
  std::string out = "usage: linnet CMD -m MODEL [options] [FILE...]\n\n";
  wrap("Runs BERT-family models on CPUs. MODEL is a .linnet file, a Hugging Face folder, or the "
       "name of a model in the local Hugging Face cache.", 0, 0, out);
  out.append("\ncommands:\n");
  for (const Command& command : commands) append_row("  " + command.name, command.summary, 13, out);
  out.append("\nlinnet CMD --help describes one; linnet --version says which Linnet this is.\n");
  return out;
}

}  // namespace linnet::tools
