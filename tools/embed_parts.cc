#include "tools/embed_parts.h"

#include <span>
#include <string>
#include <vector>

#include "linnet/token_embedder.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

void append_numbers(std::span<const float> numbers, std::string& out) {
  out.append("[");
  for (size_t i = 0; i < numbers.size(); ++i) {
    out.append(i > 0 ? ", " : "");
    append_json_float(numbers[i], out);
  }
  out.append("]");
}

// A record for each window: all begin as the first one does.
void append_windows(std::string_view text, OffsetUnit unit, const WindowVectors& found, std::string& out) {
  const size_t line = out.rfind('\n') + 1;  // npos + 1 is 0: the first line of `out`
  const std::string start = out.substr(line);
  const size_t dimension = found.vectors.size() / found.windows.size();
  OffsetConverter begins(text, unit), ends(text, unit);
  for (size_t w = 0; w < found.windows.size(); ++w) {
    if (w > 0) out.append("}\n").append(start);
    append_offsets(begins, ends, found.windows[w].begin, found.windows[w].end, out);
    out.append(", \"embedding\": ");
    append_numbers(std::span(found.vectors).subspan(w * dimension, dimension), out);
  }
}

void append_tokens(const Tokenizer& tokenizer, std::string_view text, OffsetUnit unit, const TokenVectors& found,
                   std::string& out) {
  const size_t n = found.tokens.ids.size(), dimension = found.vectors.size() / n;
  out.append(", \"tokens\": [");
  for (size_t i = 0; i < n; ++i) {
    out.append(i > 0 ? ", " : "");
    append_json_string(tokenizer.token(found.tokens.ids[i]), out);
  }
  out.append("], \"offsets\": [");
  OffsetConverter begins(text, unit), ends(text, unit);
  for (size_t i = 0; i < n; ++i) {
    const bool special = found.tokens.word_ids[i] < 0;
    const Encoding::Span span = found.tokens.offsets[i];
    out.append(i > 0 ? ", [" : "[");
    append_integer(special ? 0 : static_cast<int64_t>(begins.convert(span.begin)), out);
    out.append(", ");
    append_integer(special ? 0 : static_cast<int64_t>(ends.convert(span.end)), out);
    out.append("]");
  }
  out.append("], \"embeddings\": [");
  for (size_t i = 0; i < n; ++i) {
    out.append(i > 0 ? ", " : "");
    append_numbers(std::span(found.vectors).subspan(i * dimension, dimension), out);
  }
  out.append("]");
}

int embed_tokens(const Arguments& args, Batch& batch, const Model& model, const WindowEmbedOptions& options,
                 OffsetUnit unit) {
  const TokenEmbedOptions token_options{
      .task = {.max_length = options.embed.max_length, .num_threads = options.embed.num_threads},
      .long_texts = options.long_texts};
  Result<TokenEmbedder> created = TokenEmbedder::create(model, token_options);
  if (!created.ok()) return exit_with(created.status());
  TokenEmbedder& embedder = created.value();
  RowTask<TokenVectors> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    return embedder.embed(texts, results, &stats, problems);
  };
  rows.append = [&](auto text, auto, const TokenVectors& found, std::string& out) {
    append_tokens(model.tokenizer(), text, unit, found, out);
  };
  return run_rows(args, batch, model, token_options.task, {}, 64 * embedder.dimension() * sizeof(float), rows);
}

int embed_windows(const Arguments& args, Batch& batch, const Model& model, const WindowEmbedOptions& options,
                  OffsetUnit unit) {
  Result<WindowEmbedder> created = WindowEmbedder::create(model, options);
  if (!created.ok()) return exit_with(created.status());
  WindowEmbedder& embedder = created.value();
  RowTask<WindowVectors> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    return embedder.embed_windows(texts, results, &stats, problems);
  };
  rows.append = [&](auto text, auto, const WindowVectors& found, std::string& out) {
    append_windows(text, unit, found, out);
  };
  const TaskOptions task{.max_length = options.embed.max_length, .num_threads = options.embed.num_threads};
  return run_rows(args, batch, model, task, {}, 4 * embedder.dimension() * sizeof(float), rows);
}

}  // namespace

std::vector<Option> embed_parts_options() {
  using Kind = Option::Kind;
  return {{Kind::kFlag, '\0', "per-window", "",
           "with --long split: a record for each window, with its start and end (default: no)"},
          {Kind::kFlag, '\0', "tokens", "", "the vector of each token, as the last layer gives it (default: no)"}};
}

Result<bool> asks_for_parts(const Arguments& args, const std::string& format) {
  const bool windows = args.flag("per-window", false), tokens = args.flag("tokens", false);
  if (!windows && !tokens) return false;
  if (windows && tokens) return usage("--per-window and --tokens do not go together");
  const std::string name = windows ? "--per-window" : "--tokens";
  if (format != "jsonl") return usage(name + " gives as many vectors as a text needs, in jsonl and not in " + format);
  if (args.value("quantize-output")) return usage(name + " does not go with --quantize-output");
  const std::string long_texts = args.value("long").value_or("truncate");
  if (windows && long_texts != "split") return usage("--per-window needs --long split");
  if (!tokens) return true;
  if (long_texts == "split") return usage("--tokens does not go with --long split: expected truncate or error");
  for (const char* other : {"dim", "pooling", "prompt", "prompt-name"}) {
    if (args.value(other)) return usage("--tokens does not go with --" + std::string(other));
  }
  if (args.flag("normalize")) return usage("--tokens does not go with --normalize");
  return true;
}

int embed_parts(const Arguments& args, Batch& batch, const Model& model, const WindowEmbedOptions& options) {
  const Result<OffsetUnit> unit = parse_offset_unit(args);
  if (!unit.ok()) return exit_with(unit.status());
  return args.flag("tokens", false) ? embed_tokens(args, batch, model, options, unit.value())
                                    : embed_windows(args, batch, model, options, unit.value());
}

}  // namespace linnet::tools
