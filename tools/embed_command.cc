// linnet embed: texts -> vectors.
#include "linnet/embedder.h"

#include <array>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "tools/batch.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/embed_parts.h"
#include "tools/message.h"
#include "tools/task_run.h"
#include "tools/vector_format.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kEmbedFormats[] = {"jsonl", "csv", "npy", "f32"};

// A model that has prompts was trained with them.
void note_unused_prompts(const ModelInfo& info, const EmbedOptions& options) {
  if (options.prompt || options.prompt_name || !info.default_prompt_name.empty()) return;
  std::string names;
  for (const Prompt& prompt : info.prompts) {
    if (!prompt.text.empty()) names += (names.empty() ? "" : ", ") + prompt.name;
  }
  if (names.empty()) return;
  note("this model has prompts (" + names + ") and none is chosen: --prompt-name NAME, or --prompt '' for none");
}

using Compute = std::function<Status(std::span<const std::string_view> texts, std::span<float> vectors,
                                     EmbedStats* stats, std::span<Status> problems)>;

// A vector of `dimension` numbers for each text.
int embed_texts(const Arguments& args, Batch& batch, const Model& model, size_t workers, size_t dimension,
                const Compute& compute) {
  const Result<VectorFormat> format = parse_vector_format(args, batch.format, dimension);
  if (!format.ok()) return exit_with(format.status());
  std::array<std::vector<float>, kWindowsInFlight> vectors;  // [rows of the window, dimension]
  BatchTask task;
  task.layout = vector_layout(format.value());
  task.bytes_per_result = dimension * sizeof(float);
  task.workers = workers;
  task.chunk_tokens = model.chunk_tokens(static_cast<uint32_t>(workers));
  task.model_fingerprint = fingerprint(model.info());
  task.compute = [&](Window& window) {
    std::vector<float>& out = vectors[window.slot];
    out.resize(window.texts.size() * dimension);
    std::vector<Status> problems(window.texts.size());
    Status status = compute(window.texts, out, &window.stats, problems);
    window.take_problems(problems);
    return status;
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    const std::span<const float> all = vectors[window.slot];
    append_vector(format.value(), all.subspan(window.rows[record] * dimension, dimension), out);
  };
  return run_batch(args, batch, task);
}

Result<WindowEmbedOptions> parse_options(const Arguments& args) {
  const Result<EmbedOptions> embed = parse_embed_options(args);
  if (!embed.ok()) return embed.status();
  const Result<LongText> long_texts = parse_long(args, LongText::kTruncate);
  if (!long_texts.ok()) return long_texts.status();
  const Result<uint32_t> stride = parse_stride(args, long_texts.value());
  if (!stride.ok()) return stride.status();
  return WindowEmbedOptions{embed.value(), long_texts.value(), stride.value()};
}

std::vector<std::string> members_of(const Arguments& args) {
  if (args.flag("tokens", false)) return {"tokens", "offsets", "embeddings"};
  if (args.flag("per-window", false)) return {"start", "end", "embedding"};
  if (args.value("quantize-output") == "int8") return {"scale", "embedding"};
  return {"embedding"};
}

int run_embed(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<WindowEmbedOptions> options = parse_options(args);
  if (!options.ok()) return exit_with(options.status());
  const EmbedOptions& embed = options.value().embed;
  Result<Batch> batch = open_batch(args, kEmbedFormats, members_of(args));
  if (!batch.ok()) return exit_with(batch.status());
  const Result<bool> parts = asks_for_parts(args, batch.value().format);
  if (!parts.ok()) return exit_with(parts.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  if (!args.flag("tokens", false)) note_unused_prompts(model.value().info(), embed);
  if (parts.value()) return embed_parts(args, batch.value(), model.value(), options.value());

  if (options.value().long_texts == LongText::kTruncate) {
    Result<Embedder> embedder = Embedder::create(model.value(), embed);
    if (!embedder.ok()) return exit_with(embedder.status());
    return embed_texts(args, batch.value(), model.value(), embed.num_threads, embedder.value().dimension(),
                       [&](auto texts, auto vectors, EmbedStats* stats, auto) {
                         return embedder.value().embed(texts, vectors, stats);
                       });
  }
  Result<WindowEmbedder> embedder = WindowEmbedder::create(model.value(), options.value());
  if (!embedder.ok()) return exit_with(embedder.status());
  return embed_texts(args, batch.value(), model.value(), embed.num_threads, embedder.value().dimension(),
                     [&](auto texts, auto vectors, EmbedStats* stats, auto problems) {
                       return embedder.value().embed(texts, vectors, stats, problems);
                     });
}

}  // namespace

Command embed_command() {
  return {.name = "embed",
          .summary = "Turns texts into vectors.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), batch_options("jsonl, csv, npy or f32"),
                           vector_options(), embed_options(),
                           long_options("the mean of its windows by their tokens", "truncate"),
                           embed_parts_options(), offset_options(), common_options()}),
          .examples = {"linnet embed -m minilm.linnet texts.txt -o vectors.npy",
                       "linnet embed -m minilm.linnet --text 'a text' --text 'another'"},
          .run = run_embed};
}

}  // namespace linnet::tools
