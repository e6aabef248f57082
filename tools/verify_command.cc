// linnet verify: how far a model's vectors are from reference vectors, or from another model's.
#include <charconv>
#include <optional>

#include "linnet/embedder.h"
#include "linnet/layer_drift.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/npy.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/verify_report.h"
#include "tools/window.h"

namespace linnet::tools {
namespace {

// The vectors of a window's texts.
struct ModelVectors {
  Model model;
  Embedder embedder;
  std::vector<float> vectors = {};  // [rows of the window, dimension]

  Status embed(const Window& window, EmbedStats* stats = nullptr) {
    vectors.resize(window.texts.size() * embedder.dimension());
    return embedder.embed(window.texts, vectors, stats);
  }
  std::span<const float> vector(const Window& window, size_t record) const {
    const size_t dimension = embedder.dimension();
    return std::span(vectors).subspan(window.rows[record] * dimension, dimension);
  }
};

// Either the rows of an .npy file or the vectors of a second model.
struct Reference {
  std::optional<NpyReader> file;
  std::optional<ModelVectors> model;
  std::vector<float> rows;

  size_t dimension() const { return file ? file->columns() : model->embedder.dimension(); }

  Status load(const Window& window, const std::string& name) {
    if (model) return model->embed(window);
    if (window.first + window.records.size() > file->rows()) {
      return {Code::kCorrupt, name + ": has " + std::to_string(file->rows()) +
                                  " rows, fewer than there are texts"};
    }
    rows.resize(window.records.size() * dimension());
    return file->read(window.first, rows);
  }
  std::span<const float> vector(const Window& window, size_t record) const {
    if (model) return model->vector(window, record);
    return std::span(rows).subspan(record * dimension(), dimension());
  }
};

Result<ModelVectors> make_embedder(const std::string& name, const Arguments& args) {
  const Result<EmbedOptions> options = parse_embed_options(args);
  if (!options.ok()) return options.status();
  const Result<Model> model = open_model(name, args);
  if (!model.ok()) return model.status();
  Result<Embedder> embedder = Embedder::create(model.value(), options.value());
  if (!embedder.ok()) return embedder.status();
  return ModelVectors{model.value(), std::move(embedder.value())};
}

Result<Reference> open_reference(const std::string& name, const Arguments& args) {
  Reference reference;
  if (NpyReader::is_npy(name)) {
    Result<NpyReader> file = NpyReader::open(name);
    if (!file.ok()) return file.status();
    reference.file.emplace(std::move(file.value()));
    return reference;
  }
  Result<ModelVectors> model = make_embedder(name, args);
  if (!model.ok()) return model.status();
  reference.model.emplace(std::move(model.value()));
  return reference;
}

Status verify_all(RecordReader& reader, ModelVectors& embedder, Reference& reference,
                  const std::string& reference_name, RunCounters& counters, LayerComparison* layers,
                  Verdict& verdict) {
  const WindowLimits limits{
      .max_records = window_records(embedder.embedder.dimension() * sizeof(float))};
  Window window;
  while (!window.last) {
    window.first += window.records.size();
    read_window(reader, limits, window);
    if (!window.failure.ok()) return window.failure;
    if (!window.records.empty() && !window.records.back().problem.ok()) {
      return reader.failure(window.records.back());
    }
    if (Status s = embedder.embed(window, &window.stats); !s.ok()) return s;
    if (Status s = reference.load(window, reference_name); !s.ok()) return s;
    if (layers != nullptr) {
      if (Status s = layers->add(window.texts); !s.ok()) return s;
    }
    for (size_t i = 0; i < window.records.size(); ++i) {
      verdict.add(embedder.vector(window, i), reference.vector(window, i), reader, window.records[i],
                  layers != nullptr);
    }
    counters.texts += window.stats.texts;
    counters.tokens += window.stats.tokens;
    counters.truncated += window.stats.truncated;
    counters.repaired += window.stats.repaired + window.repaired;
  }
  if (reference.file && reference.file->rows() != verdict.texts) {
    return {Code::kCorrupt, reference_name + ": has " + std::to_string(reference.file->rows()) +
                                " rows for " + std::to_string(verdict.texts) + " texts"};
  }
  if (verdict.texts == 0) return {Code::kCorrupt, "there are no texts to compare"};
  return {};
}

// Nothing when it is not given: then no cosine is too low, NaN included.
Result<std::optional<double>> parse_min_cosine(const Arguments& args) {
  const auto text = args.value("min-cosine");
  if (!text) return std::optional<double>();
  double value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, value);
  if (problem != std::errc() || stop != end || !(value >= -1 && value <= 1)) {
    return Status{Code::kInvalidArgument,
                  "--min-cosine " + *text + ": expected a number from -1 to 1"};
  }
  return std::optional(value);
}

int run_verify(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const auto reference_name = args.value("reference");
  if (!reference_name) {
    return exit_with({Code::kInvalidArgument, "no reference is given: --reference VECTORS.npy|MODEL"});
  }
  const Result<std::optional<double>> min_cosine = parse_min_cosine(args);
  if (!min_cosine.ok()) return exit_with(min_cosine.status());
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return exit_with(input.status());
  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return exit_with(reader.status());
  Result<ModelVectors> embedder = make_embedder(name.value(), args);
  if (!embedder.ok()) return exit_with(embedder.status());
  Result<Reference> reference = open_reference(*reference_name, args);
  if (!reference.ok()) return exit_with(as_failure(reference.status()));
  if (reference.value().dimension() != embedder.value().embedder.dimension()) {
    return exit_with({Code::kCorrupt,
                      *reference_name + ": has vectors of " +
                          std::to_string(reference.value().dimension()) + " numbers, expected " +
                          std::to_string(embedder.value().embedder.dimension())});
  }

  std::optional<LayerComparison> layers;
  if (args.flag("per-layer", false)) {
    if (!reference.value().model) {
      return exit_with({Code::kInvalidArgument,
                        "--per-layer: " + *reference_name + " is no model, expected one with the same layers"});
    }
    Result<LayerComparison> comparison =
        LayerComparison::create(embedder.value().model, reference.value().model->model,
                                static_cast<uint32_t>(embedder.value().embedder.max_length()));
    if (!comparison.ok()) return exit_with(as_failure(comparison.status()));
    layers.emplace(std::move(comparison.value()));
  }

  Verdict verdict;
  RunCounters counters;
  Status status;
  {
    const Monitor monitor(args, counters);
    status = verify_all(reader.value(), embedder.value(), reference.value(), *reference_name,
                        counters, layers ? &*layers : nullptr, verdict);
  }
  if (!status.ok()) return exit_with(as_failure(status));
  Result<OutputFile> out = OutputFile::create("-");
  if (!out.ok()) return exit_with(out.status());
  if (layers) verdict.layers = layers->layers();
  status = out.value().write(args.flag("json", false) ? json_report(verdict) : text_report(verdict));
  if (!status.ok() && !out.value().reader_gone()) return exit_with(status);
  note(std::to_string(counters.texts) + " texts, " +
       tokens_read(counters.tokens, counters.truncated, counters.repaired));
  if (!min_cosine.value() || verdict.min_cosine >= *min_cosine.value()) return kExitDone;  // false for NaN
  error("the least cosine is below " + *args.value("min-cosine"));
  return kExitFailed;
}

}  // namespace

Command verify_command() {
  using Kind = Option::Kind;
  return {.name = "verify",
          .summary = "Compares a model's vectors with reference vectors, or with another model's.",
          .usage = "-m MODEL -i TEXTS --reference VECTORS.npy|MODEL2 [options]",
          .options = join({model_options(), input_options(),
                           {{Kind::kValue, '\0', "reference", "R",
                             "vectors of the same texts (.npy, float32), or a model"},
                            {Kind::kValue, '\0', "min-cosine", "X",
                             "exit 1 when a text's cosine is below X"},
                            {Kind::kFlag, '\0', "per-layer", "",
                             "R is the same model in another precision: compare the hidden states after "
                             "each layer, and the nearest neighbours"},
                            {Kind::kFlag, '\0', "json", "", "the report as one JSON object"}},
                           embed_options(), common_options()}),
          .examples = {"linnet verify -m minilm.linnet -i texts.txt --reference torch.npy",
                       "linnet verify -m int8.linnet -i a.txt --reference fp32.linnet --per-layer"},
          .run = run_verify};
}

}  // namespace linnet::tools
