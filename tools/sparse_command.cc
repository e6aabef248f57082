// linnet sparse: texts -> weights of vocabulary tokens.
#include "linnet/sparse_encoder.h"

#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/task_run.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kSparseFormats[] = {"jsonl"};

int run_sparse(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  SparseOptions options;
  const Result<TaskOptions> task = parse_task_options(args);
  if (!task.ok()) return exit_with(task.status());
  options.task = task.value();
  const auto top_k = args.count("top-k", 1, 1u << 24);
  if (!top_k.ok()) return exit_with(top_k.status());
  options.top_k = static_cast<uint32_t>(top_k.value().value_or(0));
  const Result<LongText> long_texts = parse_long(args, LongText::kTruncate);
  if (!long_texts.ok()) return exit_with(long_texts.status());
  options.long_texts = long_texts.value();
  const Result<uint32_t> stride = parse_stride(args, long_texts.value());
  if (!stride.ok()) return exit_with(stride.status());
  options.stride = stride.value();
  Result<Batch> batch = open_batch(args, kSparseFormats, {"sparse"});
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<SparseEncoder> created = SparseEncoder::create(model.value(), options);
  if (!created.ok()) return exit_with(created.status());

  const Tokenizer& tokenizer = model.value().tokenizer();
  RowTask<SparseVector> rows;
  rows.compute = [&](auto texts, auto, auto& results, EmbedStats& stats, auto problems) {
    return created.value().encode(texts, results, &stats, problems);
  };
  rows.append = [&](auto, auto, const SparseVector& vector, std::string& out) {
    out.append(", \"sparse\": {");
    for (size_t i = 0; i < vector.tokens.size(); ++i) {
      if (i > 0) out.append(", ");
      append_json_string(tokenizer.token(vector.tokens[i]), out);
      out.append(": ");
      append_json_float(vector.weights[i], out);
    }
    out.append("}");
  };
  return run_rows(args, batch.value(), model.value(), task.value(), {}, 4096, rows);
}

}  // namespace

Command sparse_command() {
  using Kind = Option::Kind;
  return {.name = "sparse",
          .summary = "Turns texts into weights of tokens, for an inverted index (SPLADE).",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(),
                           {{Kind::kValue, '\0', "top-k", "K", "the heaviest K (default: all above 0)"}},
                           batch_options("jsonl"), task_options(),
                           long_options("the largest weight of its windows", "truncate"),
                           common_options()}),
          .examples = {"linnet sparse -m splade.linnet documents.txt -o weights.jsonl",
                       "linnet sparse -m splade.linnet --text 'a small songbird' --top-k 10"},
          .run = run_sparse};
}

}  // namespace linnet::tools
