// linnet verify: how far a model's vectors are from reference vectors, or from another model's.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "linnet/embedder.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/npy.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/utf8.h"
#include "tools/window.h"

namespace linnet::tools {
namespace {

constexpr size_t kShownTexts = 5;

struct Difference {
  double cosine;
  double max_abs;
  std::string place, text;  // of the record, for those that are shown
};

// NaN compares as the worst there is.
double rank(const Difference& d) { return std::isnan(d.cosine) ? -2 : d.cosine; }

Difference compare(std::span<const float> a, std::span<const float> b) {
  double dot = 0, norm_a = 0, norm_b = 0, most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    dot += x * y;
    norm_a += x * x;
    norm_b += y * y;
    const double difference = std::abs(x - y);
    most = difference <= most ? most : difference;  // keeps a NaN
  }
  return {dot / std::sqrt(norm_a * norm_b), most, {}, {}};
}

struct Verdict {
  uint64_t texts = 0;
  double max_abs = 0, sum_cosine = 0, min_cosine = 1;
  std::vector<Difference> worst;  // the worst first

  void add(Difference d, const RecordReader& reader, const Record& record) {
    ++texts;
    max_abs = d.max_abs <= max_abs ? max_abs : d.max_abs;
    sum_cosine += d.cosine;
    min_cosine = d.cosine >= min_cosine ? min_cosine : d.cosine;
    if (worst.size() == kShownTexts && rank(worst.back()) <= rank(d)) return;
    d.place = reader.place(record);
    d.text = one_line(record.text, 60);
    const auto at = std::upper_bound(worst.begin(), worst.end(), d,
                                     [](const auto& a, const auto& b) { return rank(a) < rank(b); });
    worst.insert(at, std::move(d));
    if (worst.size() > kShownTexts) worst.pop_back();
  }
};

// The vectors of a window's texts.
struct ModelVectors {
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
  return ModelVectors{std::move(embedder.value())};
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
                  const std::string& reference_name, RunCounters& counters, Verdict& verdict) {
  const WindowLimits limits{
      .max_texts = window_texts(embedder.embedder.dimension() * sizeof(float))};
  Window window;
  while (!window.last) {
    window.first += window.records.size();
    read_window(reader, limits, window);
    if (!window.failure.ok()) return window.failure;
    if (!window.records.empty() && !window.records.back().problem.ok()) {
      const Record& bad = window.records.back();
      return {Code::kCorrupt, reader.place(bad) + ": " + bad.problem.message};
    }
    if (Status s = embedder.embed(window, &window.stats); !s.ok()) return s;
    if (Status s = reference.load(window, reference_name); !s.ok()) return s;
    for (size_t i = 0; i < window.records.size(); ++i) {
      verdict.add(compare(embedder.vector(window, i), reference.vector(window, i)), reader, window.records[i]);
    }
    counters.texts += window.stats.texts;
    counters.tokens += window.stats.tokens;
  }
  if (reference.file && reference.file->rows() != verdict.texts) {
    return {Code::kCorrupt, reference_name + ": has " + std::to_string(reference.file->rows()) +
                                " rows for " + std::to_string(verdict.texts) + " texts"};
  }
  if (verdict.texts == 0) return {Code::kCorrupt, "there are no texts to compare"};
  return {};
}

std::string describe(const Verdict& verdict) {
  char line[160];
  std::snprintf(line, sizeof line,
                "texts                %llu\nmax abs difference   %.3g\nmean cosine          %.7f\n"
                "min cosine           %.7f\n",
                static_cast<unsigned long long>(verdict.texts), verdict.max_abs,
                verdict.sum_cosine / static_cast<double>(verdict.texts), verdict.min_cosine);
  std::string out = line;
  out += "worst texts:\n";
  for (const Difference& d : verdict.worst) {
    std::snprintf(line, sizeof line, "  cosine %.7f  max abs %.3g  ", d.cosine, d.max_abs);
    out += line + d.place + ": " + d.text + "\n";
  }
  return out;
}

Result<double> parse_min_cosine(const Arguments& args) {
  const auto text = args.value("min-cosine");
  if (!text) return -1.0;
  double value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, value);
  if (problem != std::errc() || stop != end || !(value >= -1 && value <= 1)) {
    return Status{Code::kInvalidArgument,
                  "--min-cosine " + *text + ": expected a number from -1 to 1"};
  }
  return value;
}

int run_verify(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  const auto reference_name = args.value("reference");
  if (!reference_name) {
    return exit_with({Code::kInvalidArgument, "no reference is given: --reference VECTORS.npy|MODEL"});
  }
  const Result<double> min_cosine = parse_min_cosine(args);
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

  Verdict verdict;
  Status status;
  {
    RunCounters counters;
    const Monitor monitor(args, counters);
    status = verify_all(reader.value(), embedder.value(), reference.value(), *reference_name,
                        counters, verdict);
  }
  if (!status.ok()) return exit_with(as_failure(status));
  Result<OutputFile> out = OutputFile::create("-");
  if (!out.ok()) return exit_with(out.status());
  status = out.value().write(describe(verdict));
  if (!status.ok() && !out.value().reader_gone()) return exit_with(status);
  if (verdict.min_cosine >= min_cosine.value()) return kExitDone;  // false for NaN
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
                             "exit 1 when a text's cosine is below X"}},
                           embed_options(), common_options()}),
          .examples = {"linnet verify -m minilm.linnet -i texts.txt --reference torch.npy",
                       "linnet verify -m int8.linnet -i texts.txt --reference minilm.linnet"},
          .run = run_verify};
}

}  // namespace linnet::tools
