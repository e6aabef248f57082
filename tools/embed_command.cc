// linnet embed: texts -> vectors.
#include "linnet/embedder.h"

#include <array>
#include <vector>

#include "tools/batch.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/vector_format.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kFormats[] = {"jsonl", "csv", "npy", "f32"};

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

int run_embed(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const Result<EmbedOptions> options = parse_embed_options(args);
  if (!options.ok()) return exit_with(options.status());
  Result<Batch> batch = open_batch(args, kFormats);
  if (!batch.ok()) return exit_with(batch.status());
  const Result<Model> model = open_model(name.value(), args);
  if (!model.ok()) return exit_with(model.status());
  Result<Embedder> created = Embedder::create(model.value(), options.value());
  if (!created.ok()) return exit_with(created.status());
  Embedder& embedder = created.value();
  note_unused_prompts(model.value().info(), options.value());
  const size_t dimension = embedder.dimension();
  const Result<VectorFormat> format = parse_vector_format(args, batch.value().format, dimension);
  if (!format.ok()) return exit_with(format.status());

  std::array<std::vector<float>, kWindowsInFlight> vectors;  // [rows of the window, dimension]
  BatchTask task;
  task.layout = vector_layout(format.value());
  task.bytes_per_result = dimension * sizeof(float);
  task.workers = options.value().num_threads;
  task.model_fingerprint = fingerprint(model.value().info());
  task.compute = [&](Window& window, size_t first, size_t count) {
    std::vector<float>& out = vectors[window.slot];
    out.resize(window.texts.size() * dimension);
    return embedder.embed(std::span(window.texts).subspan(first, count),
                          std::span(out).subspan(first * dimension, count * dimension),
                          &window.stats);
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    const std::span<const float> all = vectors[window.slot];
    append_vector(format.value(), all.subspan(window.rows[record] * dimension, dimension), out);
  };
  return run_batch(args, batch.value(), task);
}

}  // namespace

Command embed_command() {
  return {.name = "embed",
          .summary = "Turns texts into vectors.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({model_options(), batch_options("jsonl, csv, npy or f32"),
                           vector_options(), embed_options(), common_options()}),
          .examples = {"linnet embed -m minilm.linnet texts.txt -o vectors.npy",
                       "linnet embed -m minilm.linnet --text 'a text' --text 'another'"},
          .run = run_embed};
}

}  // namespace linnet::tools
