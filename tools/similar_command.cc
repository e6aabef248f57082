// linnet similar: for each vector or text of A, the most similar of B, or of A itself. All of B is known before the
// first result, so a run cannot be gone on with: what takes long is embedding, which `linnet embed -o B.npy` does
// with all that its runs have.
#include "linnet/similar.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/embedder.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/file_suffix.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/npy.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/records.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kSimilarFormats[] = {"jsonl"};
// Vectors of A that are searched for together, at most, and of B that are read at a time.
constexpr uint64_t kQueriesAtATime = 16384, kCandidatesAtATime = 4096;
// Neighbours of all that are searched for together: 64 MiB, if the queries are not fewer than kFewQueries then, for
// which B would be read again and again.
constexpr uint64_t kNeighboursAtATime = (uint64_t{64} << 20) / sizeof(Neighbour), kFewQueries = 16;
constexpr size_t kResultBytesAtATime = size_t{1} << 20;

// What they say is about how texts are read and made into vectors; those in a file are what they are.
constexpr std::string_view kOptionsOfTexts[] = {"input-format", "field", "header", "no-header", "max-record",
                                                "precision", "backend", "pooling", "normalize", "no-normalize",
                                                "dim", "prompt", "prompt-name", "max-length", "mode"};

// Makes NaN of vectors with NaN or infinity, so that no score of theirs is a number, by either metric. How many.
uint64_t blank_not_finite(std::span<float> vectors, uint64_t columns) {
  uint64_t found = 0;
  for (size_t at = 0; at < vectors.size(); at += columns) {
    const std::span<float> vector = vectors.subspan(at, columns);
    if (std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); })) continue;
    std::fill(vector.begin(), vector.end(), std::numeric_limits<float>::quiet_NaN());
    ++found;
  }
  return found;
}

// One side: the rows of an .npy or .f32 file, read as they are needed, or the vectors of texts, held in memory.
struct Side {
  std::string name;  // as messages call it
  std::optional<NpyReader> file = {};
  std::vector<float> vectors = {};
  uint64_t rows = 0, columns = 0;
  uint64_t seen = 0, not_finite = 0;  // of the rows before `seen`, those with NaN or infinity

  // Rows first .. first + count - 1; valid until the next call.
  Result<std::span<const float>> read(uint64_t first, uint64_t count, std::vector<float>& buffer) {
    if (file) {
      buffer.resize(count * columns);
      if (Status s = file->read(first, buffer); !s.ok()) return s;
    }
    const std::span<float> block =
        file ? std::span(buffer) : std::span(vectors).subspan(first * columns, count * columns);
    const uint64_t found = blank_not_finite(block, columns);
    if (first == seen) {
      seen += count;
      not_finite += found;
    }
    return std::span<const float>(block);
  }
};

Status embed_texts(const InputOptions& input, Embedder& embedder, Side& side, EmbedStats& stats) {
  Result<RecordReader> reader = RecordReader::open(input);
  if (!reader.ok()) return reader.status();
  constexpr size_t kTextsAtATime = 1024, kTextBytesAtATime = size_t{8} << 20;
  std::vector<std::string> texts;
  for (bool more = true; more;) {
    texts.clear();
    const Result<bool> read = read_texts(reader.value(), kTextsAtATime, kTextBytesAtATime, texts);
    if (!read.ok()) return read.status();
    more = read.value();
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const size_t begin = side.vectors.size();
    side.vectors.resize(begin + texts.size() * side.columns);
    if (Status s = embedder.embed(views, std::span(side.vectors).subspan(begin), &stats); !s.ok()) return s;
    side.rows += texts.size();
  }
  stats.repaired += reader.value().repaired();
  return {};
}

bool is_raw(const std::string& path) { return has_suffix(path, ".f32"); }
bool holds_vectors(const std::string& path) { return is_raw(path) || (path != "-" && NpyReader::is_npy(path)); }

// Under two names or one: the second to read a pipe or a terminal would find nothing left.
bool are_one_stream(const std::string& a, const std::string& b) {
  if (a == "-" && b == "-") return true;
  const auto look = [](const std::string& path, struct stat& info) {
    return (path == "-" ? ::fstat(STDIN_FILENO, &info) : ::stat(path.c_str(), &info)) == 0;
  };
  struct stat of_a {}, of_b {};
  if (!look(a, of_a) || !look(b, of_b) || S_ISREG(of_a.st_mode) || S_ISDIR(of_a.st_mode)) return false;
  return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

// What can be told before anything is read.
Status check_sides(const std::vector<std::string>& files, const Arguments& args) {
  if (files.size() > 2) return usage("expected one file, or two: A, and B to search in");
  if (files.size() == 2 && are_one_stream(files[0], files[1])) {
    return usage(files[0] + " and " + files[1] + " are one input, which can be read once: expected two, or one alone");
  }
  if (!std::all_of(files.begin(), files.end(), holds_vectors)) return {};
  for (const auto& [name, value] : args.given()) {
    if (std::find(std::begin(kOptionsOfTexts), std::end(kOptionsOfTexts), name) != std::end(kOptionsOfTexts)) {
      return usage("--" + name + " goes with texts, which -m MODEL embeds; " + files[0] + " holds vectors");
    }
  }
  return {};
}

Status check_columns(const Side& side, std::optional<uint64_t> columns) {
  if (!columns || side.columns == *columns) return {};
  return usage("--columns " + std::to_string(*columns) + ": " + side.name + " has vectors of " +
               std::to_string(side.columns) + " numbers");
}

// A file of vectors, or of texts, for which there has to be a model.
Result<Side> open_side(const std::string& path, const Arguments& args, std::optional<Embedder>& embedder,
                       EmbedStats& stats) {
  Side side{.name = path == "-" ? "standard input" : path};
  const auto columns = args.count("columns", 1, 1u << 20);
  if (!columns.ok()) return columns.status();
  if (is_raw(path) && !columns.value()) return usage(path + ": --columns says how many numbers its vectors have");
  if (holds_vectors(path)) {
    Result<NpyReader> file = is_raw(path) ? NpyReader::open_f32(path, *columns.value()) : NpyReader::open(path);
    if (!file.ok()) return file.status();
    side.rows = file.value().rows();
    side.columns = file.value().columns();
    side.file.emplace(std::move(file.value()));
    if (Status s = check_columns(side, columns.value()); !s.ok()) return s;
    return side;
  }
  Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return input.status();
  input.value().files = {path};
  if (!embedder) {
    if (!args.value("model")) {
      return usage(side.name + ": is no .npy or .f32 file of vectors; for texts, -m MODEL embeds them");
    }
    const Result<EmbedOptions> options = parse_embed_options(args);
    if (!options.ok()) return options.status();
    const Result<Model> model = open_model(*args.value("model"), args);
    if (!model.ok()) return model.status();
    Result<Embedder> created = Embedder::create(model.value(), options.value());
    if (!created.ok()) return created.status();
    embedder.emplace(std::move(created.value()));
  }
  side.columns = embedder->dimension();
  if (Status s = check_columns(side, columns.value()); !s.ok()) return s;
  if (Status s = embed_texts(input.value(), *embedder, side, stats); !s.ok()) return s;
  return side;
}

void append_result(uint64_t index, const std::vector<Neighbour>& neighbours, std::string& out) {
  out.append("{\"index\": ");
  append_integer(static_cast<int64_t>(index), out);
  out.append(", \"results\": [");
  for (size_t i = 0; i < neighbours.size(); ++i) {
    out.append(i > 0 ? ", {\"index\": " : "{\"index\": ");
    append_integer(static_cast<int64_t>(neighbours[i].index), out);
    out.append(", \"score\": ");
    append_json_float(neighbours[i].score, out);
    out.append("}");
  }
  out.append("]}\n");
}

Status search(Side& a, Side& b, SimilarOptions options, OutputFile& output) {
  std::vector<float> queries, candidates;
  const uint64_t each = std::max<uint64_t>(1, std::min<uint64_t>(options.top_k, b.rows));
  const uint64_t at_a_time = std::clamp(kNeighboursAtATime / each, kFewQueries, kQueriesAtATime);
  for (uint64_t first = 0; first < a.rows; first += at_a_time) {
    const uint64_t count = std::min(at_a_time, a.rows - first);
    const auto rows = a.read(first, count, queries);
    if (!rows.ok()) return rows.status();
    options.first_query = first;
    Result<SimilarSearch> found = SimilarSearch::create(rows.value(), a.columns, options);
    if (!found.ok()) return found.status();
    for (uint64_t at = 0; at < b.rows; at += kCandidatesAtATime) {
      const auto block = b.read(at, std::min(kCandidatesAtATime, b.rows - at), candidates);
      if (!block.ok()) return block.status();
      if (Status s = found.value().add(block.value()); !s.ok()) return s;
    }
    std::string out;
    for (uint64_t i = 0; i < count; ++i) {
      append_result(first + i, found.value().neighbours(i), out);
      if (out.size() < kResultBytesAtATime) continue;
      if (Status s = output.write(out); !s.ok()) return s;
      out.clear();
    }
    if (Status s = output.write(out); !s.ok()) return s;
  }
  return output.commit();
}

void say_not_finite(const Side& side) {
  if (side.not_finite == 0) return;
  note(side.name + ": has NaN or infinity in " + std::to_string(side.not_finite) + " of its " +
       std::to_string(side.rows) + " vectors, which have no neighbours and are nobody's");
}

int run_similar(const Arguments& args) {
  std::vector<std::string> files = args.files();
  if (files.empty()) files.push_back("-");
  if (Status s = check_sides(files, args); !s.ok()) return exit_with(s);
  const auto top_k = args.count("top-k", 1, 1u << 20);
  if (!top_k.ok()) return exit_with(top_k.status());
  const std::string metric = args.value("metric").value_or("cosine");
  if (metric != "cosine" && metric != "dot") {
    return exit_with({Code::kInvalidArgument, "--metric " + metric + ": expected cosine or dot"});
  }
  const Result<std::string> format = parse_format(args, kSimilarFormats);
  if (!format.ok()) return exit_with(format.status());
  const Result<EmbedOptions> embed = parse_embed_options(args);
  if (!embed.ok()) return exit_with(embed.status());

  // Before the work, so that a name that cannot be written is told at once.
  Result<OutputFile> output = OutputFile::create(args.value("output").value_or(""));
  if (!output.ok()) return exit_with(output.status());
  std::optional<Embedder> embedder;
  EmbedStats stats;
  Result<Side> a = open_side(files[0], args, embedder, stats);
  if (!a.ok()) return exit_with(a.status());
  std::optional<Side> other;
  if (files.size() == 2) {
    Result<Side> b = open_side(files[1], args, embedder, stats);
    if (!b.ok()) return exit_with(b.status());
    if (b.value().columns != a.value().columns) {
      return exit_with(as_failure({Code::kInvalidArgument,
                                   files[1] + ": has vectors of " + std::to_string(b.value().columns) +
                                       " numbers, expected " + std::to_string(a.value().columns) +
                                       ", as in " + files[0]}));
    }
    other.emplace(std::move(b.value()));
  }
  // One file is both sides, each with its own place in it.
  Side* candidates = other ? &*other : &a.value();
  const SimilarOptions options{.top_k = static_cast<uint32_t>(top_k.value().value_or(10)),
                               .cosine = metric == "cosine",
                               .exclude_self = !other,
                               .num_threads = embed.value().num_threads,
                               .isa = args.value("isa").value_or("")};
  const Status status = search(a.value(), *candidates, options, output.value());
  if (output.value().reader_gone()) return kExitDone;
  if (!status.ok()) return exit_with(status);
  const std::string counted = !embedder ? ""
                                        : "; " + std::to_string(stats.truncated) + " texts truncated, " +
                                              std::to_string(stats.repaired) + " invalid UTF-8 repaired";
  note(std::to_string(a.value().rows) + " queries, " + std::to_string(candidates->rows) +
       " candidates of " + std::to_string(a.value().columns) + " numbers" + counted);
  say_not_finite(a.value());
  if (other) say_not_finite(*other);
  detail("peak memory: " + std::to_string(peak_memory_kib()) + " KiB");
  return kExitDone;
}

// Those of what is read, not of what is written about each text.
std::vector<Option> options_of_files() {
  std::vector<Option> options = input_options();
  std::erase_if(options, [](const Option& option) {
    return option.name == "text" || option.name == "id-field" || option.name == "keep";
  });
  return options;
}

}  // namespace

Command similar_command() {
  using Kind = Option::Kind;
  return {.name = "similar",
          .summary = "Finds the most similar vectors or texts: of B for each of A, or within A.",
          .usage = "[-m MODEL] [options] [A [B]]",
          .options = join(
              {model_options(),
               {{Kind::kValue, '\0', "top-k", "K", "neighbours of each (default: 10)"},
                {Kind::kValue, '\0', "columns", "N", "numbers of a vector; .f32 files do not say"},
                {Kind::kValue, '\0', "metric", "M", "cosine (default) or dot"}},
               options_of_files(), output_options("jsonl"), embed_options(), common_options()}),
          .examples = {"linnet similar queries.npy passages.npy --top-k 5 -o nearest.jsonl",
                       "linnet similar -m minilm.linnet sentences.txt"},
          .run = run_similar};
}

}  // namespace linnet::tools
