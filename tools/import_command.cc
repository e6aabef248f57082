// linnet import: a Hugging Face folder -> a .linnet file.
#include "linnet/import.h"

#include <sys/stat.h>

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/file_names.h"
#include "tools/message.h"
#include "tools/model_path.h"
#include "tools/signals.h"
#include "tools/thread_count.h"

namespace linnet::tools {
namespace {

Result<ImportOptions> parse_import_options(const Arguments& args) {
  ImportOptions options;
  options.on_temporary = set_temporary_file;
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  options.num_threads = threads.value().threads;
  if (args.flag("int8", false)) options.precision = Precision::kInt8;
  if (const auto calibration = args.value("calibration")) {
    if (options.precision != Precision::kInt8) {
      return Status{Code::kInvalidArgument, "--calibration is for --int8"};
    }
    if (calibration->empty()) return usage("--calibration '': expected the name of a file");
    options.calibration = *calibration;
  }
  return options;
}

// It is replaced by renaming, which would lose what has been written through a descriptor; and a file can be read back.
Status check_output(const std::string& path) {
  const auto descriptor = named_descriptor(path);
  struct stat info {};
  const bool regular = descriptor && ::fstat(*descriptor, &info) == 0 && S_ISREG(info.st_mode);
  if (path.empty() || path == "-" || regular) return usage("-o " + path + ": expected the name of a file");
  return {};
}

int run_import(const Arguments& args) {
  const Result<std::string> name = model_argument(args, true);
  if (!name.ok()) return exit_with(name.status());
  const auto output = args.value("output");
  if (!output) {
    return exit_with({Code::kInvalidArgument, "no output is given: -o MODEL.linnet"});
  }
  if (const Status status = check_output(*output); !status.ok()) return exit_with(status);
  const Result<std::string> folder = find_model(name.value());
  if (!folder.ok()) return exit_with(folder.status());
  const Result<ImportOptions> options = parse_import_options(args);
  if (!options.ok()) return exit_with(options.status());
  const Result<ImportReport> report = import_model(folder.value(), link_target(*output), options.value());
  if (!report.ok()) return exit_with(as_failure(report.status()));
  for (const std::string& text : report.value().notes) note(text);
  note(*output + ": " + std::to_string(report.value().bytes) + " bytes");
  return kExitDone;
}

}  // namespace

Command import_command() {
  using Kind = Option::Kind;
  return {.name = "import",
          .summary = "Turns a Hugging Face model folder into one .linnet file.",
          .usage = "FOLDER -o MODEL.linnet",
          .options = join({{{Kind::kValue, 'm', "model", "FOLDER", "the same as FOLDER"},
                            {Kind::kValue, 'o', "output", "FILE",
                             "write FILE, which appears when it is complete"},
                            {Kind::kFlag, '\0', "int8", "",
                             "matrices of 8-bit integers: a quarter of the size, and faster; FOLDER may "
                             "be an fp32 .linnet file"},
                            {Kind::kValue, '\0', "calibration", "FILE",
                             "int8: typical texts, one a line, of which about 8192 tokens are read "
                             "(default: a text that is built in)"},
                            {Kind::kValue, 't', "threads", "N",
                             "workers of --int8 (default: the CPUs this process may use)"}},
                           common_options()}),
          .examples = {"linnet import all-MiniLM-L6-v2 -o minilm.linnet",
                       "linnet import all-MiniLM-L6-v2 --int8 -o minilm-int8.linnet"},
          .run = run_import};
}

}  // namespace linnet::tools
