// linnet classify: texts, or pairs of them, -> labels and scores.
#include "linnet/classifier.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/pretty.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kClassifyFormats[] = {"jsonl", "csv", "pretty"};

// Which scores a record shows beside the best label.
struct Shown {
  bool scores = false;
  size_t top_k = SIZE_MAX;
  float threshold = -std::numeric_limits<float>::infinity();
};

Result<Shown> parse_shown(const Arguments& args) {
  const auto top_k = args.count("top-k", 1, 65536);
  if (!top_k.ok()) return top_k.status();
  const auto threshold = parse_number(args, "threshold");
  if (!threshold.ok()) return threshold.status();
  Shown shown;
  shown.scores = args.flag("all", false) || top_k.value() || threshold.value();
  if (top_k.value()) shown.top_k = *top_k.value();
  if (threshold.value()) shown.threshold = *threshold.value();
  return shown;
}

// Labels by score, of equal ones the first first.
std::vector<size_t> by_score(const std::vector<float>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

void append_json(const std::vector<std::string>& labels, const Shown& shown,
                 const std::vector<float>& scores, std::string& out) {
  const std::vector<size_t> order = by_score(scores);
  out.append(", \"label\": ");
  append_json_string(labels[order[0]], out);
  out.append(", \"score\": ");
  append_json_float(scores[order[0]], out);
  if (!shown.scores) return;
  out.append(", \"scores\": [");
  const char* between = "";
  for (size_t i = 0; i < std::min(shown.top_k, order.size()); ++i) {
    if (scores[order[i]] < shown.threshold) break;
    out.append(between).append("{\"label\": ");
    append_json_string(labels[order[i]], out);
    out.append(", \"score\": ");
    append_json_float(scores[order[i]], out);
    out.append("}");
    between = ", ";
  }
  out.append("]");
}

void append_csv(const std::vector<std::string>& labels, const Shown& shown,
                const std::vector<float>& scores, std::string& out) {
  if (shown.scores) {
    for (const float score : scores) {
      out.append(",");
      append_float(score, out);
    }
    return;
  }
  const size_t best = by_score(scores)[0];
  out.append(",");
  append_csv_field(labels[best], out);
  out.append(",");
  append_float(scores[best], out);
}

int run_classify(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<Shown> shown = parse_shown(args);
  if (!shown.ok()) return exit_with(shown.status());
  ClassifyOptions options;
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  options.task = task.value();
  const Result<LongText> long_texts = parse_long(args, LongText::kTruncate);
  if (!long_texts.ok()) return exit_with(long_texts.status());
  options.long_texts = long_texts.value();
  const Result<uint32_t> stride = parse_stride(args, long_texts.value());
  if (!stride.ok()) return exit_with(stride.status());
  options.stride = stride.value();
  std::vector<std::string> members = {"label", "score"};
  if (shown.value().scores) members.push_back("scores");
  Result<Batch> batch = open_batch(pretty_by_default(args), kClassifyFormats, std::move(members));
  if (!batch.ok()) return exit_with(batch.status());
  const std::string& format = batch.value().format;
  for (const char* best : {"top-k", "threshold"}) {
    if (format != "csv" || !args.value(best)) continue;
    return exit_with({Code::kInvalidArgument, std::string("--") + best +
                                                  " does not go with csv, which has a column for each label: --all"});
  }
  const InputOptions& input = batch.value().reader.options();
  const bool has_pairs = input.fields.pair.has_value() || !input.pairs.empty();

  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Classifier> created = Classifier::create(model.value(), options);
  if (!created.ok()) return exit_with(created.status());
  Classifier& classifier = created.value();
  const std::vector<std::string>& labels = classifier.labels();
  if (shown.value().top_k != SIZE_MAX && shown.value().top_k > labels.size()) {
    return exit_with({Code::kInvalidArgument, "--top-k " + std::to_string(shown.value().top_k) +
                                                  ": this model has " +
                                                  std::to_string(labels.size()) + " labels"});
  }

  const bool logits = args.flag("logits", false);
  RowTask<std::vector<float>> rows;
  rows.compute = [&](auto texts, auto pairs, auto& results, EmbedStats& stats, auto problems) {
    std::vector<TextPair> inputs;
    for (size_t i = 0; i < texts.size(); ++i) inputs.push_back({texts[i], pairs[i], has_pairs});
    std::vector<float> scores(texts.size() * labels.size());
    Status status = classifier.logits(inputs, scores, &stats, problems);
    if (status.ok() && !logits) status = classifier.to_scores(scores);
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto* begin = scores.data() + i * labels.size();
      results.emplace_back(begin, begin + labels.size());
    }
    return status;
  };
  OutputLayout layout;
  if (format == "csv") {
    layout.kind = OutputLayout::Kind::kCsv;
    layout.csv_columns = {"label", "score"};
    if (shown.value().scores) layout.csv_columns = labels;
    rows.append = [&](auto, auto, const std::vector<float>& scores, std::string& out) {
      append_csv(labels, shown.value(), scores, out);
    };
  } else if (format == "pretty") {
    layout = pretty_layout();
    const size_t top_k = std::min<size_t>(shown.value().scores ? shown.value().top_k : 3, labels.size());
    rows.append = [&, top_k](auto text, auto pair, const std::vector<float>& scores, std::string& out) {
      append_pretty_text(text, pair, out);
      const std::vector<size_t> order = by_score(scores);
      for (size_t i = 0; i < top_k && scores[order[i]] >= shown.value().threshold; ++i) {
        append_bar(labels[order[i]], scores[order[i]], out);
      }
    };
  } else {
    rows.append = [&](auto, auto, const std::vector<float>& scores, std::string& out) {
      append_json(labels, shown.value(), scores, out);
    };
  }
  return run_rows(args, batch.value(), model.value(), task.value(), std::move(layout),
                  labels.size() * sizeof(float) + 64, rows);
}

}  // namespace

Command classify_command() {
  using Kind = Option::Kind;
  return {.name = "classify",
          .summary = "Gives each text a label and its score.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(),
                           {{Kind::kFlag, '\0', "all", "", "the scores of all labels (default: no)"},
                            {Kind::kValue, '\0', "top-k", "K", "the scores of the K best labels"},
                            {Kind::kValue, '\0', "threshold", "T", "the scores that are at least T"},
                            {Kind::kFlag, '\0', "logits", "", "logits instead of scores (default: no)"}},
                           batch_options("jsonl, csv or pretty"), pair_options(), task_options(),
                           long_options("average the logits of its windows", "truncate"),
                           pretty_options(), common_options()}),
          .examples = {"linnet classify -m sentiment.linnet reviews.txt -o labels.jsonl",
                       "linnet classify -m sentiment.linnet --text 'what a film' --all"},
          .run = run_classify};
}

}  // namespace linnet::tools
