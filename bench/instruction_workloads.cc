// instruction_workloads NAME TREE: one small, fixed piece of work, for bench/instruction_counts to count its
// instructions. Only what runs inside linnet_measured() counts. Without NAME: lists the names; --build: what
// compiled this.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/random_model.h"
#include "engine/encoder.h"
#include "kernels/float_env.h"
#include "linnet/embedder.h"
#include "linnet/import.h"

// The name that the counter looks for: one function, neither inlined nor cloned.
extern "C" [[gnu::noipa]] void linnet_measured(const std::function<void()>& work) {
  work();
  __asm__ volatile("" ::: "memory");  // no tail call: the function ends after the work
}

namespace linnet::bench {
namespace {

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "instruction_workloads: %s\n", message.c_str());
  std::exit(1);
}

std::vector<std::string> texts_of(const std::string& tree) {
  const std::string path = tree + "/tests/golden/minilm/own_texts.txt";
  std::ifstream file(path);
  if (!file) fail(path + ": cannot open");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

Model open_tiny(const std::string& tree, const std::string& name) {
  auto model = Model::open(tree + "/tests/golden/" + name);
  if (!model.ok()) fail(model.status().message);
  return std::move(model.value());
}

void tokenize(const std::string& tree) {
  const Model model = open_tiny(tree, "tiny_bert");
  Encoding encoding;
  std::string text;
  for (const std::string& line : texts_of(tree)) text += line + "\n";
  linnet_measured([&] {
    for (int i = 0; i < 3; ++i) {
      if (!model.tokenizer().encode(text, {}, encoding).ok()) fail("encode");
    }
  });
}

void embed(const std::string& tree, const std::string& name) {
  const Model model = open_tiny(tree, name);
  const std::vector<std::string> texts = texts_of(tree);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  auto embedder = Embedder::create(model);
  if (!embedder.ok()) fail(embedder.status().message);
  std::vector<float> vectors(texts.size() * embedder.value().dimension());
  linnet_measured([&] {
    if (!embedder.value().embed(views, vectors).ok()) fail("embed");
  });
}

// A layer of MiniLM's shape.
void encode(size_t texts, size_t length, Precision precision = Precision::kFp32) {
  const RandomModel model({"layer", 1, 384, 12, 1536}, precision);
  const engine::PackedBatch batch = random_batch(model, texts, length);
  engine::Workspace workspace(model.config, texts * length, texts, length);
  const kernels::Kernels& kernels = kernels::kernels_for(kernels::Isa::kAvx2);
  const kernels::FloatEnv float_env;
  linnet_measured([&] {
    engine::encoder_forward(model.config.encoder, model.weights, kernels, batch, workspace);
  });
}

std::string temporary_file() {
  return (std::filesystem::temp_directory_path() / ("linnet_count." + std::to_string(::getpid()))).string();
}

void import_tiny(const std::string& tree) {
  const std::string path = temporary_file();
  linnet_measured([&] {
    const auto report = import_model(tree + "/tests/golden/tiny_bert", path);
    if (!report.ok()) fail(report.status().message);
  });
  std::filesystem::remove(path);
}

void open_tiny_file(const std::string& tree) {
  const std::string path = temporary_file();
  if (!import_model(tree + "/tests/golden/tiny_bert", path).ok()) fail("import");
  linnet_measured([&] {
    if (!Model::open(path, {.verify_tensors = true, .isa = ""}).ok()) fail("open");
  });
  std::filesystem::remove(path);
}

const std::map<std::string, std::function<void(const std::string&)>> kWorkloads = {
    {"tokenize", tokenize},
    {"embed_tiny_bert", [](const std::string& tree) { embed(tree, "tiny_bert"); }},
    {"embed_tiny_bert_odd", [](const std::string& tree) { embed(tree, "tiny_bert_odd"); }},
    {"embed_mpnet", [](const std::string& tree) { embed(tree, "tasks/mpnet"); }},
    {"encode_4_texts_of_16", [](const std::string&) { encode(4, 16); }},
    {"encode_1_text_of_15", [](const std::string&) { encode(1, 15); }},
    {"encode_1_text_of_128", [](const std::string&) { encode(1, 128); }},
    {"encode_int8_1_text_of_15", [](const std::string&) { encode(1, 15, Precision::kInt8); }},
    {"encode_int8_1_text_of_128", [](const std::string&) { encode(1, 128, Precision::kInt8); }},
    {"import", import_tiny},
    {"open", open_tiny_file},
};

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using linnet::bench::kWorkloads;
  if (argc == 1) {
    for (const auto& [name, work] : kWorkloads) std::puts(name.c_str());
    return 0;
  }
  if (std::string_view(argv[1]) == "--build") {
    std::puts("g++ " __VERSION__);
    return 0;
  }
  const auto found = kWorkloads.find(argv[1]);
  if (argc != 3 || found == kWorkloads.end()) {
    std::fprintf(stderr, "usage: instruction_workloads NAME TREE, NAME one of those it lists without arguments\n");
    return 2;
  }
  found->second(argv[2]);
}
