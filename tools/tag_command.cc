// linnet tag: texts -> the entities in them.
#include "linnet/tagger.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/pretty.h"
#include "tools/task_run.h"
#include "tools/words.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kTagFormats[] = {"jsonl", "pretty"};

Result<Aggregation> parse_aggregation(const Arguments& args) {
  const std::string name = args.value("aggregation").value_or("simple");
  if (name == "none") return Aggregation::kNone;
  if (name == "simple") return Aggregation::kSimple;
  if (name == "first") return Aggregation::kFirst;
  if (name == "average") return Aggregation::kAverage;
  if (name == "max") return Aggregation::kMax;
  return Status{Code::kInvalidArgument,
                "--aggregation " + name + ": expected none, simple, first, average or max"};
}

Result<TagOptions> parse_tag_options(const Arguments& args) {
  TagOptions options;
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return task.status();
  options.task = task.value();
  const Result<Aggregation> aggregation = parse_aggregation(args);
  if (!aggregation.ok()) return aggregation.status();
  options.aggregation = aggregation.value();
  const Result<LongText> long_texts = parse_long(args, LongText::kSplit);
  if (!long_texts.ok()) return long_texts.status();
  options.long_texts = long_texts.value();
  if (options.aggregation == Aggregation::kNone && args.value("long").value_or("") == "split") {
    return Status{Code::kInvalidArgument, "--long split needs an --aggregation other than none"};
  }
  if (options.aggregation == Aggregation::kNone && args.value("stride")) {
    return usage("--stride needs an --aggregation other than none");
  }
  const Result<uint32_t> stride = parse_stride(args, options.long_texts);
  if (!stride.ok()) return stride.status();
  options.stride = stride.value();
  if (args.value("ignore-labels")) options.ignore_labels = parse_list(args, "ignore-labels");
  return options;
}

void append_json(std::string_view text, const std::vector<Entity>& entities, Aggregation aggregation,
                 OffsetUnit unit, std::string& out) {
  OffsetConverter begins(text, unit), ends(text, unit);
  const bool tokens = aggregation == Aggregation::kNone;
  out.append(", \"entities\": [");
  for (size_t i = 0; i < entities.size(); ++i) {
    const Entity& entity = entities[i];
    out.append(i > 0 ? ", {" : "{").append(tokens ? "\"entity\": " : "\"entity_group\": ");
    append_json_string(entity.label, out);
    out.append(", \"score\": ");
    append_json_float(entity.score, out);
    if (tokens) {
      out.append(", \"index\": ");
      append_integer(entity.index, out);
    }
    out.append(", \"word\": ");
    append_json_string(entity.word, out);
    append_offsets(begins, ends, entity.begin, entity.end, out);
    out.append("}");
  }
  out.append("]");
}

// The text with its entities marked: "[Ada Lovelace PER] was born in [London LOC]".
void append_marked(std::string_view text, const std::vector<Entity>& entities,
                   const std::vector<std::string>& labels, std::string& out) {
  size_t at = 0;
  for (const Entity& entity : entities) {
    if (entity.begin < at) continue;
    size_t colour = 0;  // one for each kind of entity
    while (colour < labels.size() && !labels[colour].ends_with(entity.label)) ++colour;
    out.append(printable(text.substr(at, entity.begin - at)));
    const std::string shown = printable(text.substr(entity.begin, entity.end - entity.begin));
    out.append(coloured("[" + shown + " " + entity.label + "]", colour));
    at = entity.end;
  }
  out.append(printable(text.substr(at))).append("\n");
}

int run_tag(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<TagOptions> options = parse_tag_options(args);
  if (!options.ok()) return exit_with(options.status());
  const Result<OffsetUnit> unit = parse_offset_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  Result<Batch> batch = open_batch(pretty_by_default(args), kTagFormats, {"entities"});
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Tagger> created = Tagger::create(model.value(), options.value());
  if (!created.ok()) return exit_with(created.status());
  Tagger& tagger = created.value();

  const bool words = args.flag("words", false);
  RowTask<std::vector<Entity>> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    if (!words) return tagger.tag(texts, results, &stats, problems);
    std::vector<std::vector<std::string_view>> split;
    for (const std::string_view text : texts) split.push_back(items_of(text));
    return tagger.tag_words(split, results, &stats, problems);
  };
  std::string joined;
  // What offsets count in, until the next call.
  const auto shown = [&](std::string_view text) -> std::string_view {
    if (words) joined = join_words(text);
    return words ? joined : text;
  };
  const Aggregation aggregation = options.value().aggregation;
  OutputLayout layout;
  if (batch.value().format == "pretty") {
    layout = pretty_layout();
    rows.append = [&](auto text, auto, const std::vector<Entity>& entities, std::string& out) {
      append_marked(shown(text), entities, tagger.labels(), out);
    };
  } else {
    rows.append = [&](auto text, auto, const std::vector<Entity>& entities, std::string& out) {
      append_json(shown(text), entities, aggregation, unit.value(), out);
    };
  }
  return run_rows(args, batch.value(), model.value(), options.value().task, std::move(layout), 1024,
                  rows);
}

}  // namespace

Command tag_command() {
  using Kind = Option::Kind;
  return {.name = "tag",
          .summary = "Finds the entities in texts: names, places, what the model was trained for.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "aggregation", "A",
                 "none (each token), simple (default), or whole words by first, average or max"},
                {Kind::kValue, '\0', "ignore-labels", "A,B", "labels that are left out (default: O)"}},
               words_options("offsets are into the words joined by single spaces"),
               batch_options("jsonl or pretty"), offset_options(), task_options(),
               long_options("read it in overlapping windows", "split; with --aggregation none: truncate"),
               pretty_options(), common_options()}),
          .examples = {"linnet tag -m ner.linnet articles.txt -o entities.jsonl",
                       "linnet tag -m ner.linnet --text 'Ada Lovelace was born in London'"},
          .run = run_tag};
}

}  // namespace linnet::tools
