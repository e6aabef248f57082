// tools/options.h - the command line of one subcommand: what it may hold, and what it held.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "linnet/status.h"

namespace linnet::tools {

// What is wrong with the command line: exit code 2.
inline Status usage(std::string text) { return {Code::kInvalidArgument, std::move(text)}; }

struct Option {
  enum class Kind {
    kValue,   // --name V, --name=V
    kFlag,    // --name and --no-name; the last one counts
    kAction,  // --help, --version: has no --no- form
  };
  Kind kind;
  char letter;           // '\0': none
  std::string name;      // without the dashes
  std::string argument;  // of kValue, as the help calls it: "N"
  std::string help;
};

// What was given, in the order given.
class Arguments {
 public:
  Arguments() = default;
  Arguments(std::string command, std::vector<std::pair<std::string, std::string>> given)
      : command_(std::move(command)), given_(std::move(given)) {}

  const std::string& command() const { return command_; }  // the subcommand's name

  bool flag(std::string_view name, bool otherwise) const;
  std::optional<bool> flag(std::string_view name) const;
  std::optional<std::string> value(std::string_view name) const;  // the last one
  std::vector<std::string> values(std::string_view name) const;   // all

  // What is not an option, and the values of --input: "-i FILE equals a FILE".
  std::vector<std::string> files() const;

  // Every option and word in the order given, as (name, value).
  const std::vector<std::pair<std::string, std::string>>& given() const { return given_; }

  // A whole number. Nothing when not given; kInvalidArgument outside [least, most].
  Result<std::optional<uint64_t>> count(std::string_view name, uint64_t least, uint64_t most) const;

 private:
  std::string command_;
  std::vector<std::pair<std::string, std::string>> given_;  // option name, value
};

struct Command {
  std::string name;
  std::string summary;                // one line
  std::string usage;                  // what follows "linnet NAME "
  std::vector<Option> options;
  std::vector<std::string> examples;  // whole command lines
  int (*run)(const Arguments&);       // gives the exit code
};

// One list of the options in several.
std::vector<Option> join(std::initializer_list<std::vector<Option>> lists);

// `args` are the words after the subcommand. Fails with kInvalidArgument; an unknown option is
// answered with the nearest known one.
Result<Arguments> parse_arguments(const Command& command, std::span<const char* const> args);

}  // namespace linnet::tools
