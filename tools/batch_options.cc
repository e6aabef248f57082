// The command line of every subcommand that works through records. See batch.h.
#include "tools/batch.h"
#include "tools/common_options.h"
#include "tools/metrics_file.h"

namespace linnet::tools {
namespace {

using Kind = Option::Kind;

Result<OnError> parse_on_error(const Arguments& args) {
  const std::string name = args.value("on-error").value_or("stop");
  if (name == "stop") return OnError::kStop;
  if (name == "skip") return OnError::kSkip;
  if (name == "null") return OnError::kNull;
  return usage("--on-error " + name + ": expected stop, skip or null");
}

}  // namespace

std::vector<Option> batch_options(const std::string& formats) {
  return join(
      {input_options(),
       {{Kind::kFlag, '\0', "dedup", "",
         "compute equal texts that are near each other once; the summary's tokens, truncated and repaired texts are "
         "those computed"}},
       output_options(formats),
       {{Kind::kFlag, '\0', "resume", "", "go on with the unfinished FILE.part of an earlier run"},
        {Kind::kValue, '\0', "on-error", "WHAT",
         "a bad record: stop (default), skip it, or null: an error record in its place; may change with --resume "
         "while none was bad"},
        {Kind::kValue, '\0', "errors", "FILE", "write the bad records to FILE, as JSON Lines"},
        {Kind::kValue, '\0', "metrics", "FILE",
         "keep counters in FILE, a regular one, while running, for Prometheus"}}});
}

std::vector<Option> pair_options() {
  return {{Kind::kValue, '\0', "pair", "T", "the second text of a --text (repeatable)"},
          {Kind::kValue, '\0', "pair-field", "NAME", "the field of the second text"}};
}

std::vector<Option> words_options(const std::string& offsets) {
  return {{Kind::kFlag, '\0', "words", "",
           "a text is words already: in JSON Lines a list of them, or what stands between single spaces; " + offsets +
               " (default: no)"}};
}

Result<Batch> open_batch(const Arguments& args, std::span<const std::string_view> formats,
                         std::vector<std::string> members,
                         const std::function<Status(InputOptions&)>& adjust) {
  const Result<std::string> format = parse_format(args, formats);
  if (!format.ok()) return format.status();
  const Result<OnError> on_error = parse_on_error(args);
  if (!on_error.ok()) return on_error.status();
  Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return input.status();
  if (format.value() != "jsonl" && format.value() != "csv") {
    if (args.value("keep")) {
      return usage("--keep goes with jsonl or csv: " + format.value() + " has no place for fields");
    }
  } else {
    FieldSelection& fields = input.value().fields;
    fields.written = std::move(members);
    fields.written.insert(fields.written.end(), {"index", "error"});
    if (fields.id) fields.written.push_back("id");
  }
  if (adjust) {
    if (Status status = adjust(input.value()); !status.ok()) return status;
  }
  const auto metrics = args.value("metrics");
  if (metrics) {
    if (Status status = check_metrics(*metrics); !status.ok()) return status;
  }
  Result<RecordReader> reader = RecordReader::open(std::move(input.value()));
  if (!reader.ok()) return reader.status();
  return Batch{.reader = std::move(reader.value()),
               .format = format.value(),
               .output = args.value("output").value_or(""),
               .on_error = on_error.value(),
               .errors = args.value("errors"),
               .metrics = metrics,
               .resume = args.flag("resume", false),
               .deduplicate = args.flag("dedup", false)};
}

}  // namespace linnet::tools
