#include "tools/common_options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "tools/file_suffix.h"
#include "tools/message.h"
#include "tools/model_path.h"
#include "tools/shell_word.h"
#include "tools/thread_count.h"

namespace linnet::tools {
namespace {

using Kind = Option::Kind;

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

// The items of a list, each once.
std::vector<std::string> split_once(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

// "67108864", "64M", "64MB": K, M and G are powers of 1024.
Result<size_t> parse_size(const std::string& name, const std::string& text) {
  constexpr uint64_t kMost = (uint64_t{1} << 32) - 1;
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  auto [stop, problem] = std::from_chars(text.data(), end, number);
  std::string_view unit(stop, static_cast<size_t>(end - stop));
  if (unit.ends_with('B')) unit.remove_suffix(1);
  const uint64_t factor = unit == "G" ? uint64_t{1} << 30
                          : unit == "M" ? uint64_t{1} << 20
                          : unit == "K" ? uint64_t{1} << 10
                          : unit.empty() ? 1 : 0;
  if (problem != std::errc() || factor == 0 || number == 0 || number > kMost / factor) {
    return usage("--" + name + " " + text + ": expected a number of bytes from 1 to " +
                 std::to_string(kMost) + ", or one with K, M or G");
  }
  return static_cast<size_t>(number * factor);
}

// A name that promises another kind of file than is written; what is no known kind promises none.
Status check_other_suffix(const Arguments& args, const std::string& suffix,
                          std::span<const std::string_view> formats) {
  struct Known {
    std::string_view suffix, compressor = {};
  };
  constexpr Known kKnown[] = {{"gz", "gzip"}, {"zst", "zstd"}, {"bz2", "bzip2"}, {"xz", "xz"}, {"lz4", "lz4"},
                              {"zip"}, {"csv"}, {"tsv"}, {"jsonl"}, {"npy"}, {"npz"}, {"f32"}, {"html"}, {"parquet"},
                              {"arrow"}, {"feather"}, {"xlsx"}, {"pt"}, {"safetensors"}, {"h5"}};
  const auto found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                  [&](const Known& one) { return one.suffix == suffix; });
  if (found == std::end(kKnown)) return {};
  const std::string output = *args.value("output");
  std::string message = "-o " + output + ": " + args.command() + " writes " + joined(formats) + ", but no ." + suffix;
  if (!found->compressor.empty()) {
    message += "; to compress: linnet " + args.command() + " ... | " + std::string(found->compressor) + " >" + output;
  }
  if (suffix == "parquet") message += "; examples/parquet_embed.sh adds a column of vectors to a Parquet file";
  return usage(message);
}

bool isa_asked_for(const OpenOptions& options) {
  return !options.isa.empty() || std::getenv("LINNET_ISA") != nullptr;
}

}  // namespace

std::vector<Option> model_options() {
  return {{Kind::kValue, 'm', "model", "MODEL",
           "a .linnet file, a Hugging Face folder, or the name of a model in the local Hugging Face "
           "cache"},
          {Kind::kValue, '\0', "isa", "NAME",
           "kernels to use: scalar, avx2, avx2-vnni, avx512, avx512-vnni, avx512-amx (default: the fastest this "
           "CPU has)"},
          {Kind::kValue, '\0', "precision", "P", "fp32 or int8 (default: what the file holds; a folder: fp32)"},
          {Kind::kValue, '\0', "backend", "NAME",
           "who multiplies matrices: linnet (default), or onednn where the build has it"}};
}

std::vector<Option> input_options() {
  return {{Kind::kValue, 'i', "input", "FILE", "the same as FILE; - is standard input"},
          {Kind::kValue, '\0', "input-format", "F",
           "lines, jsonl, csv, tsv or nul, whatever the file's name says"},
          {Kind::kValue, '\0', "text", "T", "a text, instead of files (repeatable)"},
          {Kind::kValue, '\0', "field", "NAME",
           "the field of the text: a name, in JSON Lines also a JSON pointer, with --no-header a "
           "number from 1 (default: text)"},
          {Kind::kValue, '\0', "id-field", "NAME", "the field copied to \"id\""},
          {Kind::kValue, '\0', "keep", "A,B",
           "fields to carry along, or: all; one named like a result is written as input_NAME"},
          {Kind::kFlag, '\0', "header", "", "CSV, TSV: the first line names the fields (default: yes)"},
          {Kind::kValue, '\0', "max-record", "N",
           "bytes of one record, or with K, M, G (default: 64M); a longer one is bad"}};
}

std::vector<Option> output_options(const std::string& formats) {
  return {{Kind::kValue, 'o', "output", "FILE", "write FILE, which appears when it is complete"},
          {Kind::kValue, '\0', "format", "F",
           formats + " (default: by the name of -o, else the first)"}};
}

std::vector<Option> embed_options() {
  return {{Kind::kValue, '\0', "pooling", "P",
           "cls, mean, max, mean-sqrt-len, weighted-mean or last (default: the model's)"},
          {Kind::kFlag, '\0', "normalize", "", "vectors of length 1, or not (default: the model's)"},
          {Kind::kValue, '\0', "dim", "N",
           "the first N numbers of each vector, normalized anew if it is (Matryoshka; default: all)"},
          {Kind::kValue, '\0', "prompt", "TEXT", "written before each text; '': nothing (default: the model's)"},
          {Kind::kValue, '\0', "prompt-name", "NAME", "the model's prompt of this name"},
          {Kind::kValue, '\0', "max-length", "N", "tokens of a text (default: the model's)"},
          {Kind::kValue, 't', "threads", "N", "workers (default: the CPUs this process may use)"},
          mode_option()};
}

Option mode_option() {
  return {Kind::kValue, '\0', "mode", "M",
          "throughput: each worker has texts of its own; latency: all share each text (default: by the "
          "texts at hand)"};
}

std::vector<Option> common_options() {
  return {{Kind::kFlag, '\0', "progress", "", "show progress (default: on a terminal)"},
          {Kind::kValue, '\0', "log-format", "F", "messages as text (default) or json"},
          {Kind::kFlag, 'q', "quiet", "", "say nothing but errors"},
          {Kind::kFlag, 'v', "verbose", "", "say more"},
          {Kind::kAction, 'V', "version", "", "show which Linnet this is"},
          {Kind::kAction, 'h', "help", "", "show this help"}};
}

Result<std::string> model_argument(const Arguments& args, bool may_be_argument) {
  const auto named = args.value("model");
  const std::vector<std::string> files = args.files();
  if (named && may_be_argument && !files.empty()) {
    return usage("two models are given, " + *named + " and " + files[0]);
  }
  if (named) return *named;
  if (may_be_argument && files.size() == 1) return files[0];
  if (may_be_argument && files.size() > 1) return usage("more than one model is given");
  return usage(may_be_argument ? "no model is given" : "no model is given: -m MODEL");
}

Result<OpenOptions> parse_open_options(const Arguments& args) {
  OpenOptions options{.verify_tensors = true, .isa = args.value("isa").value_or(""),
                      .backend = args.value("backend").value_or("")};
  if (const auto precision = args.value("precision")) {
    for (const Precision known : {Precision::kFp32, Precision::kInt8}) {
      if (*precision == precision_name(known)) options.precision = known;
    }
    if (!options.precision) return usage("--precision " + *precision + ": expected fp32 or int8");
  }
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  options.num_threads = threads.value().threads;
  return options;
}

Result<Model> open_model(const std::string& name, const Arguments& args, uint32_t threads) {
  const Result<OpenOptions> parsed = parse_open_options(args);
  if (!parsed.ok()) return parsed.status();
  OpenOptions options = parsed.value();
  if (threads > 0) options.num_threads = threads;
  const Result<std::string> path = find_model(name);
  if (!path.ok()) return path.status();
  Result<Model> model = Model::open(path.value(), options);
  // A bad file is no mistake of the command line; a bad --isa, --precision or --backend is.
  const bool chosen = args.value("isa") || options.precision || !options.backend.empty();
  if (!model.ok() && !chosen) return as_failure(model.status());
  if (model.ok() && model.value().info().quantize_seconds > 0) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", model.value().info().quantize_seconds);
    note(name + ": made int8 of fp32 in " + seconds + "; to keep it: linnet import " + shell_word(name) +
         " --int8 -o MODEL.linnet");
  }
  if (model.ok()) detail("kernels: " + model.value().info().isa);
  if (model.ok() && !isa_asked_for(options) && model.value().info().isa == "scalar") {
    note("this CPU has no AVX2: the scalar kernels are in use, which are many times slower");
  }
  if (model.ok() && model.value().info().backend != "linnet" && model.value().info().precision == "fp32") {
    note(model.value().info().backend + " multiplies: fp32 results differ in their last bits from Linnet's own, "
         "and may with the CPU and the batch");
  }
  return model;
}

Result<InputOptions> parse_input(const Arguments& args) {
  InputOptions input{
      .files = args.files(), .texts = args.values("text"), .pairs = args.values("pair")};
  if (!input.texts.empty() && !input.files.empty()) {
    return usage("--text and files cannot be given together");
  }
  if (!input.pairs.empty() && input.pairs.size() != input.texts.size()) {
    return usage(std::to_string(input.pairs.size()) + " --pair are given for " +
                 std::to_string(input.texts.size()) + " --text, expected as many");
  }
  input.header = args.flag("header", true);
  if (const auto name = args.value("input-format")) {
    const Result<InputFormat> format = parse_input_format(*name);
    if (!format.ok()) return format.status();
    input.format = format.value();
  }
  if (const auto text = args.value("max-record")) {
    const Result<size_t> size = parse_size("max-record", *text);
    if (!size.ok()) return size.status();
    input.max_record = size.value();
  }
  FieldSelection& fields = input.fields;
  fields.text = args.value("field").value_or(input.header ? "text" : "1");
  fields.pair = args.value("pair-field");
  fields.id = args.value("id-field");
  fields.words = args.flag("words", false);
  if (const auto keep = args.value("keep")) {
    fields.keep_all = *keep == "all";
    if (!fields.keep_all) fields.keep = split_once(*keep);
  }
  for (const std::string& name : fields.keep) {
    if (name.empty()) return usage("--keep: an empty field name");
  }
  if (fields.id == "id") std::erase(fields.keep, "id");  // is carried along already
  return input;
}

Result<std::string> parse_format(const Arguments& args, std::span<const std::string_view> formats) {
  const auto known = [&](std::string_view name) {
    return std::find(formats.begin(), formats.end(), name) != formats.end();
  };
  const std::string output = args.value("output").value_or("");
  std::string suffix = suffix_of(output);
  if (suffix == "ndjson") suffix = "jsonl";
  if (!known(suffix)) {
    if (Status status = check_other_suffix(args, suffix, formats); !status.ok()) return status;
    suffix.clear();
  }
  const auto format = args.value("format");
  if (!format) return suffix.empty() ? std::string(formats.front()) : suffix;
  if (!known(*format)) return usage("--format " + *format + ": expected " + joined(formats));
  if (args.flag("pretty", false) && *format != "pretty") {
    return usage("--pretty and --format " + *format + " do not agree");
  }
  if (!suffix.empty() && suffix != *format) {
    return usage("--format " + *format + " and -o " + output + " do not agree");
  }
  return *format;
}

Result<Mode> parse_mode(const Arguments& args) {
  const std::string mode = args.value("mode").value_or("auto");
  if (mode == "auto") return Mode::kAuto;
  if (mode == "throughput") return Mode::kThroughput;
  if (mode == "latency") return Mode::kLatency;
  return usage("--mode " + mode + ": expected auto, throughput or latency");
}

Result<EmbedOptions> parse_embed_options(const Arguments& args) {
  EmbedOptions options;
  if (const auto name = args.value("pooling")) {
    for (const Pooling pooling : kPoolings) {
      if (*name == pooling_name(pooling)) options.pooling = pooling;
    }
    if (!options.pooling) return usage("--pooling " + *name +
                   ": expected cls, mean, max, mean-sqrt-len, weighted-mean or last");
  }
  options.normalize = args.flag("normalize");
  const auto dimension = args.count("dim", 1, 1u << 24);
  if (!dimension.ok()) return dimension.status();
  options.dimension = static_cast<uint32_t>(dimension.value().value_or(0));
  options.prompt = args.value("prompt");
  options.prompt_name = args.value("prompt-name");
  const auto length = args.count("max-length", 1, 1u << 24);
  if (!length.ok()) return length.status();
  options.max_length = static_cast<uint32_t>(length.value().value_or(0));
  const Result<Mode> mode = parse_mode(args);
  if (!mode.ok()) return mode.status();
  options.mode = mode.value();
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  options.num_threads = threads.value().threads;
  detail("threads: " + std::to_string(threads.value().threads) + ", by " + threads.value().source);
  return options;
}

}  // namespace linnet::tools
