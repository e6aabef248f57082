#include "tools/options.h"

#include <charconv>
#include <cxxopts.hpp>
#include <memory>

#include "tools/nearest.h"

namespace linnet::tools {
namespace {

constexpr const char* kFiles = "files";  // how cxxopts calls the words that are not options

void declare(const Option& option, cxxopts::Options& parser) {
  std::string names = option.name;
  if (option.letter != '\0') names = std::string(1, option.letter) + "," + names;
  if (option.kind == Option::Kind::kValue) {
    parser.add_options()(names, "", cxxopts::value<std::string>());
    return;
  }
  parser.add_options()(names, "");
  if (option.kind == Option::Kind::kFlag) parser.add_options()("no-" + option.name, "");
}

// cxxopts puts the name it complains about into typographic quotes.
std::string quoted_name(const std::string& message) {
  const size_t begin = message.find(cxxopts::LQUOTE);
  const size_t end = message.find(cxxopts::RQUOTE);
  if (begin == std::string::npos || end == std::string::npos) return message;
  const size_t start = begin + cxxopts::LQUOTE.size();
  const std::string name = message.substr(start, end - start);
  return (name.size() == 1 ? "-" : "--") + name;
}

Status usage_error(const Command& command, const std::string& text) {
  return {Code::kInvalidArgument, text + " (linnet " + command.name + " --help lists the options)"};
}

Status unknown_option(const Command& command, const std::string& name) {
  std::vector<std::string> known;
  for (const Option& option : command.options) {
    known.push_back("--" + option.name);
    if (option.kind == Option::Kind::kFlag) known.push_back("--no-" + option.name);
    if (option.letter != '\0') known.push_back({'-', option.letter});
  }
  return usage_error(command, "unknown option " + name + nearest_hint(name, known));
}

}  // namespace

bool Arguments::flag(std::string_view name, bool otherwise) const {
  return flag(name).value_or(otherwise);
}

std::optional<bool> Arguments::flag(std::string_view name) const {
  const std::string negated = "no-" + std::string(name);
  std::optional<bool> result;
  for (const auto& [key, value] : given_) {
    // cxxopts lets a flag be written --name=false.
    if (key == name) result = value == "true";
    if (key == negated) result = value != "true";
  }
  return result;
}

std::optional<std::string> Arguments::value(std::string_view name) const {
  std::optional<std::string> result;
  for (const auto& [key, value] : given_) {
    if (key == name) result = value;
  }
  return result;
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  std::vector<std::string> result;
  for (const auto& [key, value] : given_) {
    if (key == name) result.push_back(value);
  }
  return result;
}

std::vector<std::string> Arguments::files() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : given_) {
    if (key == kFiles || key == "input") result.push_back(value);
  }
  return result;
}

Result<std::optional<uint64_t>> Arguments::count(std::string_view name, uint64_t least,
                                                 uint64_t most) const {
  const std::optional<std::string> text = value(name);
  if (!text) return std::optional<uint64_t>();
  uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, number);
  if (problem != std::errc() || stop != end || number < least || number > most) {
    return Status{Code::kInvalidArgument,
                  "--" + std::string(name) + " " + *text + ": expected a whole number from " +
                      std::to_string(least) + " to " + std::to_string(most)};
  }
  return std::optional<uint64_t>(number);
}

std::vector<Option> join(std::initializer_list<std::vector<Option>> lists) {
  std::vector<Option> all;
  for (const std::vector<Option>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

Result<Arguments> parse_arguments(const Command& command, std::span<const char* const> args) {
  std::vector<const char*> argv = {"linnet"};
  argv.insert(argv.end(), args.begin(), args.end());
  try {
    cxxopts::Options parser("linnet");
    for (const Option& option : command.options) declare(option, parser);
    parser.add_options()(kFiles, "", cxxopts::value<std::vector<std::string>>());
    parser.parse_positional({kFiles});
    const cxxopts::ParseResult parsed =
        parser.parse(static_cast<int>(argv.size()), argv.data());
    // arguments() keeps the order, and values that contain commas whole.
    std::vector<std::pair<std::string, std::string>> given;
    for (const cxxopts::KeyValue& argument : parsed.arguments()) {
      given.emplace_back(argument.key(), argument.value());
    }
    return Arguments(command.name, std::move(given));
  } catch (const cxxopts::exceptions::no_such_option& problem) {
    return unknown_option(command, quoted_name(problem.what()));
  } catch (const cxxopts::exceptions::missing_argument& problem) {
    return usage_error(command, quoted_name(problem.what()) + " needs a value");
  } catch (const cxxopts::exceptions::invalid_option_syntax& problem) {
    return usage_error(command, quoted_name(problem.what()).substr(2) + ": cannot be an option");
  } catch (const cxxopts::exceptions::exception& problem) {
    return usage_error(command, problem.what());
  }
}

}  // namespace linnet::tools
