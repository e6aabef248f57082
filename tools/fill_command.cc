// linnet fill: texts with masks -> the words that fit there.
#include "linnet/mask_filler.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/pretty.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kFillFormats[] = {"jsonl", "pretty"};
using Masks = std::vector<std::vector<Filling>>;

void append_json(const Masks& masks, std::string& out) {
  out.append(", \"masks\": [");
  for (size_t m = 0; m < masks.size(); ++m) {
    out.append(m > 0 ? ", [" : "[");
    for (size_t i = 0; i < masks[m].size(); ++i) {
      const Filling& filling = masks[m][i];
      out.append(i > 0 ? ", {" : "{").append("\"token\": ");
      append_integer(filling.token, out);
      out.append(", \"token_str\": ");
      append_json_string(filling.token_str, out);
      out.append(", \"score\": ");
      append_json_float(filling.score, out);
      out.append(", \"sequence\": ");
      append_json_string(filling.sequence, out);
      out.append("}");
    }
    out.append("]");
  }
  out.append("]");
}

int run_fill(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  const auto top_k = args.count("top-k", 1, 1u << 24);
  if (!top_k.ok()) return exit_with(top_k.status());
  const std::vector<std::string> targets = parse_list(args, "targets");
  if (args.value("targets") && targets.empty()) {
    return exit_with(usage("--targets names no word (a comma stands between words, and cannot be one)"));
  }
  Result<Batch> batch = open_batch(pretty_by_default(args), kFillFormats, {"masks"});
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  if (top_k.value() && *top_k.value() > model.value().info().vocab_size) {
    return exit_with({Code::kInvalidArgument,
                      "--top-k " + std::to_string(*top_k.value()) + ": this model has " +
                          std::to_string(model.value().info().vocab_size) + " tokens"});
  }
  Result<MaskFiller> created =
      MaskFiller::create(model.value(), {.task = task.value(),
                                         .top_k = static_cast<uint32_t>(top_k.value().value_or(5)),
                                         .targets = targets});
  if (!created.ok()) return exit_with(created.status());
  for (const std::string& text : created.value().notes()) note(text);

  RowTask<Masks> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    const Status status = created.value().fill(texts, results, &stats, problems);
    for (Status& problem : problems) {  // no mask: the text is not what it should be, it is not too long
      if (problem.code == Code::kInvalidArgument) problem.code = Code::kCorrupt;
    }
    return status;
  };
  OutputLayout layout;
  if (batch.value().format == "pretty") {
    layout = pretty_layout();
    rows.append = [](auto text, auto, const Masks& masks, std::string& out) {
      append_pretty_text(text, {}, out);
      for (size_t m = 0; m < masks.size(); ++m) {
        if (m > 0) out.append("  --\n");
        for (const Filling& filling : masks[m]) append_bar(filling.token_str, filling.score, out);
      }
    };
  } else {
    rows.append = [](auto, auto, const Masks& masks, std::string& out) { append_json(masks, out); };
  }
  return run_rows(args, batch.value(), model.value(), task.value(), std::move(layout), 1024, rows);
}

}  // namespace

Command fill_command() {
  using Kind = Option::Kind;
  return {.name = "fill",
          .summary = "Finds the words that fit where a text says [MASK].",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(),
                           {{Kind::kValue, '\0', "top-k", "K", "words for each mask (default: 5)"},
                            {Kind::kValue, '\0', "targets", "A,B", "only these words (repeatable)"}},
                           batch_options("jsonl or pretty"), task_options(), pretty_options(),
                           common_options()}),
          .examples = {"linnet fill -m bert.linnet --text 'Paris is the [MASK] of France.'",
                       "linnet fill -m bert.linnet cloze.txt --top-k 1 -o words.jsonl"},
          .run = run_fill};
}

}  // namespace linnet::tools
