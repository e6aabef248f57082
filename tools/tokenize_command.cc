// linnet tokenize: texts -> tokens.
#include "linnet/model.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/offsets.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/vector_writer.h"
#include "tools/window.h"

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

void append_json(const TokenizeJob& job, const Record& record, uint64_t index,
                 const Encoding& tokens, std::string& out) {
  const size_t n = tokens.ids.size();
  append_record_start(record, index, out);
  append_list(n, ", \"ids\": [", ", ", "]", out, [&](size_t i) { append_integer(tokens.ids[i], out); });
  append_list(n, ", \"tokens\": [", ", ", "]", out, [&](size_t i) {
    append_json_string(job.tokenizer.token(tokens.ids[i]), out);
  });
  OffsetConverter begins(record.text, job.unit), ends(record.text, job.unit);
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
  out.append("}\n");
}

void append_tokens(const TokenizeJob& job, const Record& record, uint64_t index,
                   const Encoding& tokens, std::string& out) {
  const size_t n = tokens.ids.size();
  if (job.format == "jsonl") return append_json(job, record, index, tokens, out);
  if (job.format == "ids") {
    append_list(n, "", " ", "\n", out, [&](size_t i) { append_integer(tokens.ids[i], out); });
  } else {
    append_list(n, "", " ", "\n", out,
                [&](size_t i) { out.append(job.tokenizer.token(tokens.ids[i])); });
  }
}

Status tokenize_all(RecordReader& reader, const TokenizeJob& job, OutputFile& output,
                    Progress& progress, EmbedStats& stats) {
  Window window;
  Encoding tokens;
  std::string out;
  while (!window.last) {
    const Status read = read_window(reader, window_texts(1), window);
    for (size_t i = 0; i < window.records.size(); ++i) {
      const Record& record = window.records[i];
      if (Status s = job.tokenizer.encode(record.text, job.options, tokens); !s.ok()) return s;
      append_tokens(job, record, window.first + i, tokens, out);
      stats.texts += 1;
      stats.tokens += tokens.ids.size();
      stats.truncated += tokens.truncated ? 1 : 0;
      stats.repaired += tokens.num_repaired;
      constexpr size_t kBufferBytes = size_t{1} << 20;
      if (out.size() < kBufferBytes) continue;
      if (Status s = output.write(out); !s.ok()) return s;
      out.clear();
    }
    if (Status s = output.write(out); !s.ok()) return s;
    out.clear();
    if (!read.ok()) return read;
    progress.update(stats.texts, stats.tokens);
  }
  return output.commit();
}

int run_tokenize(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<std::string> format = parse_format(args, kFormats);
  if (!format.ok()) return exit_with(format.status());
  const Result<OffsetUnit> unit = parse_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  const auto length = args.count("max-length", 1, uint64_t{1} << 32);
  if (!length.ok()) return exit_with(length.status());
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return exit_with(input.status());

  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return exit_with(reader.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  const TokenizeJob job{.tokenizer = model.value().tokenizer(),
                        .options = {.max_length = length.value().value_or(0),
                                    .add_special_tokens = args.flag("special", true),
                                    .match_special_tokens = !args.flag("literal", false)},
                        .unit = unit.value(),
                        .format = format.value()};
  Result<OutputFile> output = OutputFile::create(args.value("output").value_or(""));
  if (!output.ok()) return exit_with(output.status());

  EmbedStats stats;
  Status status;
  double seconds = 0;
  {
    Progress progress(args);
    status = tokenize_all(reader.value(), job, output.value(), progress, stats);
    seconds = progress.seconds();
  }
  if (output.value().reader_gone()) return kExitDone;
  if (!status.ok()) return exit_with(status);
  stats.repaired += reader.value().repaired();
  note(summary(stats, seconds));
  detail(peak_memory());
  return kExitDone;
}

}  // namespace

Command tokenize_command() {
  using Kind = Option::Kind;
  return {.name = "tokenize",
          .summary = "Shows the tokens of texts.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), input_options(),
                           output_options("jsonl, ids or tokens"),
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
