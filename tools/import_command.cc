// linnet import: a Hugging Face folder -> a .linnet file.
#include "linnet/import.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/model_path.h"

namespace linnet::tools {
namespace {

int run_import(const Arguments& args) {
  const Result<std::string> name = model_argument(args, true);
  if (!name.ok()) return exit_with(name.status());
  const auto output = args.value("output");
  if (!output) {
    return exit_with({Code::kInvalidArgument, "no output is given: -o MODEL.linnet"});
  }
  const Result<std::string> folder = find_model(name.value());
  if (!folder.ok()) return exit_with(folder.status());
  const Result<ImportReport> report = import_model(folder.value(), *output);
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
                             "write FILE, which appears when it is complete"}},
                           common_options()}),
          .examples = {"linnet import all-MiniLM-L6-v2 -o minilm.linnet",
                       "linnet import sentence-transformers/all-MiniLM-L6-v2 -o m.linnet"},
          .run = run_import};
}

}  // namespace linnet::tools
