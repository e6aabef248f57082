// tools/pretty.h - results for people: what --pretty shows, by default on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/batch.h"
#include "tools/options.h"

namespace linnet::tools {

std::vector<Option> pretty_options();  // --pretty

// The arguments with --format pretty added, where --pretty asks for it, or standard output is a terminal
// and no option needs another format: -o, --format, and --keep and --id-field, which carry fields along.
Arguments pretty_by_default(const Arguments& args);

OutputLayout pretty_layout();

// Colours on a terminal, unless NO_COLOR is set; `number` from 0 chooses one.
std::string coloured(std::string_view text, size_t number);
std::string emphasized(std::string_view text);

// A text (and its pair) on a line of its own, cut where it is long.
void append_pretty_text(std::string_view text, std::string_view pair, std::string& out);
// "  positive    0.983 ####################"
void append_bar(std::string_view label, float score, std::string& out);

// Without control characters: what is shown must not move the cursor.
std::string printable(std::string_view text);

}  // namespace linnet::tools
