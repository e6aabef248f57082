// tools/help.h - help texts, at most 80 columns wide.
#pragma once

#include <span>
#include <string>

#include "tools/options.h"

namespace linnet::tools {

std::string command_help(const Command& command);
std::string program_help(std::span<const Command> commands);

}  // namespace linnet::tools
