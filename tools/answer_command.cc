// linnet answer: questions and contexts -> the passages that answer.
#include "linnet/answerer.h"

#include <algorithm>
#include <utility>

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/pretty.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kAnswerFormats[] = {"jsonl", "pretty"};

Result<AnswerOptions> parse_answer_options(const Arguments& args) {
  AnswerOptions options;
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return task.status();
  options.task = task.value();
  const auto top_k = args.count("top-k", 1, 1000);
  if (!top_k.ok()) return top_k.status();
  options.top_k = static_cast<uint32_t>(top_k.value().value_or(1));
  const auto tokens = args.count("max-answer", 1, 65536);
  if (!tokens.ok()) return tokens.status();
  options.max_answer_tokens = static_cast<uint32_t>(tokens.value().value_or(15));
  const Result<uint32_t> stride = parse_stride(args, LongText::kSplit);
  if (!stride.ok()) return stride.status();
  options.stride = stride.value();
  options.no_answer = args.flag("no-answer-allowed", false);
  options.align_to_words = args.flag("align-to-words", true);
  return options;
}

Status plain_contexts(const Arguments& args, const InputOptions& input) {
  for (const char* name : {"field", "pair-field", "id-field", "keep"}) {
    if (args.value(name)) {
      return usage("--question and --" + std::string(name) +
                   " cannot be given together: with --question each FILE is one context");
    }
  }
  if (input.format && *input.format != InputFormat::kLines) {
    return usage("--question and --input-format " + *args.value("input-format") +
                 " cannot be given together: with --question each FILE is one context");
  }
  for (const std::string& path : input.files) {
    if (input.format || format_of(path) == InputFormat::kLines) continue;
    return usage(path + ": is by its name a file of records, but with --question each FILE is one context; "
                 "--input-format lines takes it as one, without --question each record has its question");
  }
  return {};
}

// With --question each FILE as a whole, or each --text, is one context, else the question is in "question" and the
// context in "context", unless the command line says otherwise.
Status choose_input(const Arguments& args, InputOptions& input) {
  const auto question = args.value("question");
  if (question) {
    if (Status status = plain_contexts(args, input); !status.ok()) return status;
    if (!input.pairs.empty()) return usage("--question and --pair cannot be given together");
    if (!input.texts.empty()) {
      input.pairs = std::exchange(input.texts, std::vector<std::string>(input.texts.size(), *question));
      return {};
    }
    input.question = *question;
    input.format = InputFormat::kWhole;
    return {};
  }
  if (!args.value("field")) input.fields.text = "question";
  if (input.texts.empty() && !input.fields.pair) input.fields.pair = "context";
  return {};
}

void append_json(std::string_view context, const std::vector<Answer>& answers, OffsetUnit unit,
                 std::string& out) {
  out.append(", \"answers\": [");
  for (size_t i = 0; i < answers.size(); ++i) {
    OffsetConverter begins(context, unit), ends(context, unit);  // answers are in no order of place
    out.append(i > 0 ? ", {" : "{").append("\"answer\": ");
    append_json_string(answers[i].answer, out);
    out.append(", \"score\": ");
    append_json_float(answers[i].score, out);
    append_offsets(begins, ends, answers[i].begin, answers[i].end, out);
    out.append("}");
  }
  out.append("]");
}

// Each answer with what stands around it.
void append_in_context(std::string_view question, std::string_view context,
                       const std::vector<Answer>& answers, std::string& out) {
  constexpr size_t kAround = 60;
  append_pretty_text(question, {}, out);
  const auto inside = [&](size_t at) {  // a character, not its first byte
    return at < context.size() && (static_cast<unsigned char>(context[at]) & 0xC0) == 0x80;
  };
  for (const Answer& answer : answers) {
    append_bar(answer.answer.empty() ? "(no answer)" : answer.answer, answer.score, out);
    if (answer.answer.empty()) continue;
    size_t begin = answer.begin - std::min<size_t>(answer.begin, kAround);
    size_t end = std::min(context.size(), answer.end + kAround);
    while (inside(begin)) ++begin;
    while (inside(end)) ++end;
    out.append("    ").append(begin > 0 ? "..." : "");
    out.append(printable(context.substr(begin, answer.begin - begin)));
    out.append(coloured(printable(answer.answer), 3));
    out.append(printable(context.substr(answer.end, end - answer.end)));
    out.append(end < context.size() ? "...\n" : "\n");
  }
  if (answers.empty()) out.append("  (no answer)\n");
}

int run_answer(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<AnswerOptions> options = parse_answer_options(args);
  if (!options.ok()) return exit_with(options.status());
  const Result<OffsetUnit> unit = parse_offset_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  Result<Batch> batch = open_batch(pretty_by_default(args), kAnswerFormats, {"answers"},
                                   [&](InputOptions& input) { return choose_input(args, input); });
  if (!batch.ok()) return exit_with(batch.status());
  const InputOptions& input = batch.value().reader.options();
  if (!input.texts.empty() && input.pairs.empty()) {
    return exit_with({Code::kInvalidArgument, "a question has no context: --pair CONTEXT gives it"});
  }
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Answerer> created = Answerer::create(model.value(), options.value());
  if (!created.ok()) return exit_with(created.status());

  RowTask<std::vector<Answer>> rows;
  rows.compute = [&](auto texts, auto pairs, auto& results, EmbedStats& stats, auto problems) {
    std::vector<Question> asked;
    for (size_t i = 0; i < texts.size(); ++i) asked.push_back({texts[i], pairs[i]});
    return created.value().answer(asked, results, &stats, problems);
  };
  OutputLayout layout;
  if (batch.value().format == "pretty") {
    layout = pretty_layout();
    rows.append = [](auto text, auto pair, const std::vector<Answer>& answers, std::string& out) {
      append_in_context(text, pair, answers, out);
    };
  } else {
    rows.append = [&](auto, auto pair, const std::vector<Answer>& answers, std::string& out) {
      append_json(pair, answers, unit.value(), out);
    };
  }
  return run_rows(args, batch.value(), model.value(), options.value().task,
                  std::move(layout), 1024, rows);
}

}  // namespace

Command answer_command() {
  using Kind = Option::Kind;
  return {.name = "answer",
          .summary = "Finds the passages of a context that answer a question.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "question", "Q", "the question; each FILE or --text is one context"},
                {Kind::kValue, '\0', "top-k", "K", "answers to each question (default: 1)"},
                {Kind::kValue, '\0', "max-answer", "N", "tokens of an answer (default: 15)"},
                {Kind::kValue, '\0', "stride", "N",
                 "tokens that two windows of a long context share (default: 128)"},
                {Kind::kFlag, '\0', "no-answer-allowed", "",
                 "an empty answer may be the best (default: no)"},
                {Kind::kFlag, '\0', "align-to-words", "", "answers are whole words (default: yes)"}},
               batch_options("jsonl or pretty"), pair_options(), offset_options(), task_options(),
               pretty_options(), common_options()}),
          .examples = {"linnet answer -m qa.linnet --question 'Who wrote it?' article.txt",
                       "linnet answer -m qa.linnet questions.jsonl -o answers.jsonl"},
          .run = run_answer};
}

}  // namespace linnet::tools
