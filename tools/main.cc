// The program `linnet`: a table of subcommands.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/model.h"
#include "tools/commands.h"
#include "tools/file_clash.h"
#include "tools/help.h"
#include "tools/message.h"
#include "tools/nearest.h"
#include "tools/output_file.h"
#include "tools/signals.h"

namespace linnet::tools {
namespace {

// To standard output, whole; a reader that goes away is no failure.
int print(const std::string& text) {
  Result<OutputFile> out = OutputFile::create("-");
  if (!out.ok()) return exit_with(out.status());
  const Status status = out.value().write(text);
  return status.ok() || out.value().reader_gone() ? kExitDone : exit_with(status);
}

std::string version_line() { return "linnet " + std::string(version()) + "\n"; }

// Before the words are parsed: what is wrong with them is a message, too.
void find_log_format(std::span<const char* const> args) {
  for (size_t i = 0; i < args.size() && std::string_view(args[i]) != "--"; ++i) {
    std::string_view word = args[i];
    constexpr std::string_view kOption = "--log-format";
    if (!word.starts_with(kOption)) continue;
    word.remove_prefix(kOption.size());
    if (word.starts_with('=')) set_log_format(word.substr(1));
    if (word.empty() && i + 1 < args.size()) set_log_format(args[i + 1]);
  }
}

int unknown_command(const std::string& name, const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  error("unknown command " + name + nearest_hint(name, names) + " (linnet --help lists them)");
  return kExitUsage;
}

int run_command(const Command& command, std::span<const char* const> args) {
  const Result<Arguments> parsed = parse_arguments(command, args);
  if (!parsed.ok()) return exit_with(parsed.status());
  if (parsed.value().flag("help", false)) return print(command_help(command));
  if (parsed.value().flag("version", false)) return print(version_line());
  set_verbosity(parsed.value().flag("quiet", false), parsed.value().flag("verbose", false));
  const std::string log_format = parsed.value().value("log-format").value_or("text");
  if (!set_log_format(log_format)) {
    error("--log-format " + log_format + ": expected text or json");
    return kExitUsage;
  }
  if (const Status status = check_files(parsed.value()); !status.ok()) return exit_with(status);
  return command.run(parsed.value());
}

int run_program(std::span<const char* const> args) {
  const std::vector<Command> commands = {
      import_command(), inspect_command(), tokenize_command(), embed_command(),  classify_command(),
      tag_command(),    answer_command(),  fill_command(),     sparse_command(), rerank_command(),
      zero_shot_command(), similar_command(), attend_command(), train_vocab_command(), verify_command(),
      bench_command()};
  if (args.empty()) {
    std::fputs(program_help(commands).c_str(), stderr);
    return kExitUsage;
  }
  find_log_format(args);
  const std::string name = args[0];
  if (name == "--help" || name == "-h") return print(program_help(commands));
  if (name == "help" && args.size() == 1) return print(program_help(commands));
  if (name == "--version" || name == "-V") return print(version_line());
  const bool help = name == "help";
  const std::string wanted = help ? args[1] : name;
  for (const Command& command : commands) {
    if (command.name != wanted) continue;
    return help ? print(command_help(command)) : run_command(command, args.subspan(1));
  }
  return unknown_command(wanted, commands);
}

}  // namespace
}  // namespace linnet::tools

int main(int argc, char** argv) try {
  linnet::tools::prepare_process();
  const std::vector<const char*> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return linnet::tools::run_program(args);
} catch (const std::bad_alloc&) {
  linnet::tools::error("not enough memory");
  return linnet::tools::kExitFailed;
} catch (const std::exception& problem) {
  linnet::tools::error(problem.what());
  return linnet::tools::kExitFailed;
}
