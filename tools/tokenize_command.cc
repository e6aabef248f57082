// linnet tokenize: texts -> tokens.
#include "linnet/model.h"

#include <array>
#include <vector>

#include "tools/batch.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/offsets.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kFormats[] = {"jsonl", "ids", "tokens"};

struct TokenizeJob {
  const Tokenizer& tokenizer;
  TokenizeOptions options;
  OffsetUnit unit;
  std::string format;
};

Result<OffsetUnit> parse_unit(const Arguments& args) {
  const std::string name = args.value("offset-unit").value_or("codepoint");
  if (name == "byte") return OffsetUnit::kByte;
  if (name == "codepoint") return OffsetUnit::kCodepoint;
  if (name == "utf16") return OffsetUnit::kUtf16;
  return Status{Code::kInvalidArgument,
                "--offset-unit " + name + ": expected byte, codepoint or utf16"};
}

// ["a", "b"] or a b: `append` writes element i.
template <typename Append>
void append_list(size_t n, const char* open, const char* between, const char* close,
                 std::string& out, Append append) {
  out.append(open);
  for (size_t i = 0; i < n; ++i) {
    if (i > 0) out.append(between);
    append(i);
  }
  out.append(close);
}

void append_json(const TokenizeJob& job, std::string_view text, const Encoding& tokens,
                 std::string& out) {
  const size_t n = tokens.ids.size();
  append_list(n, ", \"ids\": [", ", ", "]", out, [&](size_t i) { append_integer(tokens.ids[i], out); });
  append_list(n, ", \"tokens\": [", ", ", "]", out, [&](size_t i) {
    append_json_string(job.tokenizer.token(tokens.ids[i]), out);
  });
  OffsetConverter begins(text, job.unit), ends(text, job.unit);
  append_list(n, ", \"offsets\": [", ", ", "]", out, [&](size_t i) {
    const bool special = tokens.word_ids[i] < 0;
    out.append("[");
    append_integer(special ? 0 : static_cast<int64_t>(begins.convert(tokens.offsets[i].begin)), out);
    out.append(", ");
    append_integer(special ? 0 : static_cast<int64_t>(ends.convert(tokens.offsets[i].end)), out);
    out.append("]");
  });
  append_list(n, ", \"word_ids\": [", ", ", "]", out, [&](size_t i) {
    if (tokens.word_ids[i] < 0) {
      out.append("null");
    } else {
      append_integer(tokens.word_ids[i], out);
    }
  });
}

void append_tokens(const TokenizeJob& job, std::string_view text, const Encoding& tokens,
                   std::string& out) {
  const size_t n = tokens.ids.size();
  if (job.format == "jsonl") return append_json(job, text, tokens, out);
  if (job.format == "ids") {
    append_list(n, "", " ", "\n", out, [&](size_t i) { append_integer(tokens.ids[i], out); });
  } else {
    append_list(n, "", " ", "\n", out,
                [&](size_t i) { out.append(job.tokenizer.token(tokens.ids[i])); });
  }
}

int run_tokenize(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<OffsetUnit> unit = parse_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  const auto length = args.count("max-length", 1, uint64_t{1} << 32);
  if (!length.ok()) return exit_with(length.status());
  Result<Batch> batch = open_batch(args, kFormats);
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  const TokenizeJob job{.tokenizer = model.value().tokenizer(),
                        .options = {.max_length = length.value().value_or(0),
                                    .add_special_tokens = args.flag("special", true),
                                    .match_special_tokens = !args.flag("literal", false)},
                        .unit = unit.value(),
                        .format = batch.value().format};

  std::array<std::vector<Encoding>, kWindowsInFlight> encodings;  // [rows of the window]
  BatchTask task;
  if (job.format != "jsonl") {
    task.layout.kind = OutputLayout::Kind::kRaw;
    task.layout.null_row = "\n";  // an empty line
    task.layout.rows_need_all = true;
  }
  task.bytes_per_result = 1024;
  task.model_fingerprint = fingerprint(model.value().info());
  task.compute = [&](Window& window, size_t first, size_t count) -> Status {
    std::vector<Encoding>& out = encodings[window.slot];
    if (out.size() < window.texts.size()) out.resize(window.texts.size());
    for (size_t row = first; row < first + count; ++row) {
      const Status status = job.tokenizer.encode(window.texts[row], job.options, out[row]);
      if (!status.ok()) return status;
      window.stats.tokens += out[row].ids.size();
      window.stats.truncated += out[row].truncated ? 1 : 0;
      window.stats.repaired += out[row].num_repaired;
    }
    return {};
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    const size_t row = window.rows[record];
    append_tokens(job, window.texts[row], encodings[window.slot][row], out);
  };
  return run_batch(args, batch.value(), task);
}

}  // namespace

Command tokenize_command() {
  using Kind = Option::Kind;
  return {.name = "tokenize",
          .summary = "Shows the tokens of texts.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), batch_options("jsonl, ids or tokens"),
                           {{Kind::kValue, '\0', "max-length", "N", "tokens of a text (default: all)"},
                            {Kind::kFlag, '\0', "special", "", "add [CLS] and [SEP] (default: yes)"},
                            {Kind::kFlag, '\0', "literal", "",
                             "take \"[SEP]\" in a text for five characters (default: no)"},
                            {Kind::kValue, '\0', "offset-unit", "U",
                             "byte, codepoint or utf16 (default: codepoint)"}},
                           common_options()}),
          .examples = {"linnet tokenize -m minilm.linnet --text 'a text' --format tokens",
                       "linnet tokenize -m minilm.linnet texts.txt -o tokens.jsonl"},
          .run = run_tokenize};
}

}  // namespace linnet::tools
