// linnet zero-shot: texts -> scores of labels that the command line names.
#include "linnet/zero_shot.h"

#include <algorithm>
#include <numeric>

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/pretty.h"
#include "tools/records.h"
#include "tools/task_run.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kZeroShotFormats[] = {"jsonl", "csv", "pretty"};

// Without the spaces around it, which the pipeline of transformers drops, too.
std::string trimmed(const std::string& label) {
  constexpr const char* kBlanks = " \t";
  const size_t begin = label.find_first_not_of(kBlanks), end = label.find_last_not_of(kBlanks);
  return begin == std::string::npos ? "" : label.substr(begin, end - begin + 1);
}

// Appends the lines of the --labels-file options, read as texts are.
Status read_label_files(const Arguments& args, std::vector<std::string>& labels) {
  const std::vector<std::string> paths = args.values("labels-file"), files = args.files();
  if (paths.empty()) return {};
  const auto has_standard_input = [](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), "-") != names.end();
  };
  const bool texts_from_it = has_standard_input(files) || (files.empty() && args.values("text").empty());
  if (texts_from_it && has_standard_input(paths)) {
    return usage("--labels-file -: standard input has the texts, expected a file");
  }
  Result<RecordReader> reader = RecordReader::open({.files = paths, .texts = {}, .pairs = {},
                                                    .format = InputFormat::kLines});
  if (!reader.ok()) return as_failure(reader.status());
  const Result<bool> read = read_texts(reader.value(), SIZE_MAX, SIZE_MAX, labels);
  return read.ok() ? Status{} : as_failure(read.status());
}

Result<std::vector<std::string>> parse_labels(const Arguments& args) {
  std::vector<std::string> labels = parse_list(args, "labels");
  if (Status status = read_label_files(args, labels); !status.ok()) return status;
  for (std::string& label : labels) {
    repair_utf8(label);
    label = trimmed(label);
  }
  std::erase(labels, "");
  if (labels.empty()) {
    return Status{Code::kInvalidArgument, "no labels are given: --labels A,B or --labels-file FILE"};
  }
  return labels;
}

// The arguments with every label as a --labels: a run is resumed under the same ones, also where a file has them.
Arguments with_labels(const Arguments& args, const std::vector<std::string>& labels) {
  auto given = args.given();
  std::erase_if(given, [](const auto& option) { return option.first == "labels"; });
  for (const std::string& label : labels) given.emplace_back("labels", label);
  return Arguments(args.command(), std::move(given));
}

std::vector<size_t> by_score(const std::vector<float>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

void append_json(const std::vector<std::string>& labels, const std::vector<float>& scores,
                 std::string& out) {
  const std::vector<size_t> order = by_score(scores);
  out.append(", \"labels\": [");
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0) out.append(", ");
    append_json_string(labels[order[i]], out);
  }
  out.append("], \"scores\": [");
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0) out.append(", ");
    append_json_float(scores[order[i]], out);
  }
  out.append("]");
}

int run_zero_shot(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<std::vector<std::string>> labels = parse_labels(args);
  if (!labels.ok()) return exit_with(labels.status());
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  Result<Batch> batch = open_batch(pretty_by_default(args), kZeroShotFormats, {"labels", "scores"});
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<ZeroShot> created = ZeroShot::create(
      model.value(), {.task = task.value(),
                      .labels = labels.value(),
                      .hypothesis = args.value("template").value_or("This example is {}."),
                      .multi_label = args.flag("multi-label", false)});
  if (!created.ok()) return exit_with(created.status());

  const size_t n = labels.value().size();
  RowTask<std::vector<float>> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    std::vector<float> scores(texts.size() * n);
    const Status status = created.value().score(texts, scores, &stats, problems);
    for (size_t i = 0; i < texts.size(); ++i) {
      results.emplace_back(scores.data() + i * n, scores.data() + (i + 1) * n);
    }
    return status;
  };
  OutputLayout layout;
  if (batch.value().format == "csv") {
    layout.kind = OutputLayout::Kind::kCsv;
    layout.csv_columns = labels.value();
    rows.append = [](auto, auto, const std::vector<float>& scores, std::string& out) {
      for (const float score : scores) {
        out.append(",");
        append_float(score, out);
      }
    };
  } else if (batch.value().format == "pretty") {
    layout = pretty_layout();
    rows.append = [&](auto text, auto, const std::vector<float>& scores, std::string& out) {
      append_pretty_text(text, {}, out);
      for (const size_t i : by_score(scores)) append_bar(labels.value()[i], scores[i], out);
    };
  } else {
    rows.append = [&](auto, auto, const std::vector<float>& scores, std::string& out) {
      append_json(labels.value(), scores, out);
    };
  }
  return run_rows(with_labels(args, labels.value()), batch.value(), model.value(), task.value(), std::move(layout),
                  n * sizeof(float) + 64, rows);
}

}  // namespace

Command zero_shot_command() {
  using Kind = Option::Kind;
  return {.name = "zero-shot",
          .summary = "Scores texts under labels of your own, with an inference (NLI) model.",
          .usage = "-m MODEL --labels A,B [options] [FILE...]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "labels", "A,B", "the labels (repeatable)"},
                {Kind::kValue, '\0', "labels-file", "FILE",
                  "more labels, one a line (repeatable); - is standard input"},
                {Kind::kValue, '\0', "template", "T",
                 "what a text is asked to entail; {} is the label (default: This example is {}.)"},
                {Kind::kFlag, '\0', "multi-label", "",
                 "several labels may be true: each by itself (default: no)"}},
               batch_options("jsonl, csv or pretty"), task_options(), pretty_options(),
               common_options()}),
          .examples = {"linnet zero-shot -m nli.linnet --labels sport,politics news.txt",
                       "linnet zero-shot -m nli.linnet --labels billing,delivery --text 'Where is it?'"},
          .run = run_zero_shot};
}

}  // namespace linnet::tools
