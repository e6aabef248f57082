// linnet inspect: what a model is made of; with --cpu what this machine can run.
#include <cstdio>

#include "linnet/model.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/output_file.h"

namespace linnet::tools {
namespace {

std::string hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

void row(std::string& out, const std::string& name, const std::string& value) {
  out.append(name).append(name.size() < 18 ? 18 - name.size() : 1, ' ').append(value).append("\n");
}

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

std::string describe_cpu() {
  std::string out;
  for (const TierInfo& tier : cpu_tiers()) {
    std::string value = tier.supported ? "supported" : "not supported by this CPU";
    if (!tier.detail.empty()) value += " (" + tier.detail + ")";
    if (tier.in_use) value += ", in use";
    row(out, tier.name, value);
  }
  return out;
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

void describe_encoder(const ModelInfo& info, std::string& out) {
  row(out, "model", info.path);
  row(out, "family", info.family);
  row(out, "layers", std::to_string(info.num_layers));
  row(out, "hidden_size", std::to_string(info.hidden_size));
  row(out, "heads", std::to_string(info.num_heads));
  row(out, "intermediate", std::to_string(info.intermediate_size));
  row(out, "activation", info.activation);
  row(out, "positions", std::to_string(info.max_positions));
  row(out, "parameters", std::to_string(info.num_parameters));
  row(out, "precision", info.precision);
  if (!info.calibration.empty()) row(out, "calibration", info.calibration);
  row(out, "kernels", info.isa);
  row(out, "backend", info.backend);
}

void describe_embedding(const ModelInfo& info, std::string& out) {
  row(out, "pooling", pooling_name(info.pooling));
  for (const std::string& dense : info.dense) row(out, "dense", dense);
  row(out, "normalize", yes_or_no(info.normalize));
  for (const Prompt& prompt : info.prompts) {
    const bool applies = prompt.name == info.default_prompt_name;
    row(out, "prompt", prompt.name + ": \"" + prompt.text + "\"" + (applies ? ", by default" : ""));
  }
  if (!info.include_prompt) row(out, "pooling", "without the prompt");
  row(out, "dimension", std::to_string(info.dimension));
  row(out, "max_length", std::to_string(info.max_length));
}

void describe_head(const ModelInfo& info, std::string& out) {
  row(out, "task", task_name(info.task));
  if (info.task == Task::kEmbed) return;
  row(out, "head", info.architecture);
  if (info.task == Task::kClassify) row(out, "problem_type", problem_name(info.problem));
  if (info.labels.empty()) return;
  std::string labels = std::to_string(info.labels.size()) + ":";
  constexpr size_t kMostShown = 20;
  for (size_t i = 0; i < info.labels.size() && i < kMostShown; ++i) labels += " " + info.labels[i];
  row(out, "labels", labels + (info.labels.size() > kMostShown ? " ..." : ""));
}

void describe_tokenizer(const TokenizerInfo& info, std::string& out) {
  row(out, "tokenizer", info.kind + ", " + std::to_string(info.vocab_size) + " tokens");
  row(out, "fingerprint", info.fingerprint);
  row(out, "lowercase", yes_or_no(info.lowercase));
  row(out, "strip_accents", yes_or_no(info.strip_accents));
  row(out, "clean_text", yes_or_no(info.clean_text));
  row(out, "chinese_chars", yes_or_no(info.handle_chinese_chars));
}

void describe_file(const ModelInfo& info, std::string& out) {
  row(out, "format", ".linnet version " + std::to_string(info.format_version) + ", " +
                         std::to_string(info.file_size) + " bytes");
  for (const SectionInfo& section : info.sections) {
    row(out, "  " + section.name, "offset " + std::to_string(section.offset) + ", size " +
                                      std::to_string(section.size) + ", XXH3 " +
                                      hex(section.checksum) + ", good");
  }
  row(out, "source", info.source_files);
  row(out, "  SHA-256", info.source_sha256);
  for (const std::string& text : info.notes) row(out, "note", text);
}

void describe_tensors(const ModelInfo& info, std::string& out) {
  out.append("\ntensors of this model:\n");
  for (const StoredTensor& tensor : info.stored) {
    out.append("  ").append(tensor.name).append("  ").append(tensor.layout).append(" [");
    out.append(std::to_string(tensor.rows)).append(", ").append(std::to_string(tensor.cols));
    out.append("], ").append(std::to_string(tensor.bytes)).append(" bytes\n");
  }
  out.append("\ntensors of the source:\n");
  for (const TensorInfo& tensor : info.tensors) {
    out.append(tensor.used ? "  used    " : "  unused  ").append(tensor.name).append("  ");
    out.append(tensor.dtype).append(" ").append(shape_text(tensor.shape)).append("\n");
  }
}

int run_inspect(const Arguments& args) {
  std::string out;
  const bool cpu = args.flag("cpu", false);
  if (cpu) out += describe_cpu();
  if (!cpu || args.value("model") || !args.files().empty()) {
    const Result<std::string> name = model_argument(args, true);
    if (!name.ok()) return exit_with(name.status());
    const Result<Model> model = open_model(name.value(), args);
    if (!model.ok()) return exit_with(model.status());
    const ModelInfo& info = model.value().info();
    describe_encoder(info, out);
    row(out, "chunk_tokens", std::to_string(model.value().chunk_tokens(1)) + " on this machine, one worker");
    describe_embedding(info, out);
    describe_head(info, out);
    describe_tokenizer(model.value().tokenizer().info(), out);
    describe_file(info, out);
    describe_tensors(info, out);
  }
  Result<OutputFile> file = OutputFile::create("-");
  if (!file.ok()) return exit_with(file.status());
  const Status status = file.value().write(out);
  return file.value().reader_gone() ? kExitDone : exit_with(status);
}

}  // namespace

Command inspect_command() {
  using Kind = Option::Kind;
  return {.name = "inspect",
          .summary = "Shows what a model is made of, and checks every byte of it.",
          .usage = "MODEL",
          .options = join({{{Kind::kFlag, '\0', "cpu", "",
                             "show which kernels this CPU can run; needs no MODEL"}},
                           model_options(),
                           common_options()}),
          .examples = {"linnet inspect minilm.linnet", "linnet inspect --cpu"},
          .run = run_inspect};
}

}  // namespace linnet::tools
