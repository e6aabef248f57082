// linnet/model.h - a model: opened once, never changed, shared by any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/status.h"
#include "linnet/tokenizer.h"

namespace linnet {

// How the vectors of a text's tokens become one, as sentence-transformers' Pooling module does it.
enum class Pooling : uint32_t {
  kCls,           // the first token's
  kMean,          // their sum / n
  kMax,           // the largest of each column
  kMeanSqrtLen,   // their sum / sqrt(n)
  kWeightedMean,  // the mean with weights 1, 2, ..., n
  kLast,          // the last token's, which is [SEP]
};
inline constexpr Pooling kPoolings[] = {Pooling::kCls,         Pooling::kMean,         Pooling::kMax,
                                        Pooling::kMeanSqrtLen, Pooling::kWeightedMean, Pooling::kLast};

const char* pooling_name(Pooling pooling);  // "cls", "mean", "max", "mean-sqrt-len", "weighted-mean", "last"

// What a model was trained to give. kEmbed: it is an encoder without a head. Every model embeds.
enum class Task : uint32_t {
  kEmbed,
  kClassify,  // ...ForSequenceClassification: Classifier, Reranker, ZeroShot
  kTag,       // ...ForTokenClassification: Tagger
  kAnswer,    // ...ForQuestionAnswering: Answerer
  kFill,      // ...ForMaskedLM: MaskFiller, SparseEncoder
};
const char* task_name(Task task);  // "embed", "classify", "tag", "answer", "fill"

// What the logits of a kClassify model mean, by problem_type of config.json.
enum class ProblemType : uint32_t {
  kSingleLabel,  // one label is right: softmax
  kMultiLabel,   // each label is right or not: sigmoid
  kRegression,   // the logits are the values
};
const char* problem_name(ProblemType problem);  // as config.json: "single_label_classification"

enum class Precision : uint32_t { kFp32, kInt8 };  // of the matrices of the layers

const char* precision_name(Precision precision);  // "fp32", "int8"

// What some models want written before each text: "query: ". Of config_sentence_transformers.json.
struct Prompt {
  std::string name, text;
};

struct OpenOptions {
  // Reads every weight once: checksums and finiteness. Memory safety does not depend on it.
  bool verify_tensors = false;
  // Kernels to use: "scalar", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-amx"; empty: what LINNET_ISA
  // says, else the fastest this CPU has. Where the CPU has AMX, looking for that asks Linux to keep the process's AMX
  // state; alternate signal stacks need some 11 KB from then on.
  std::string isa = {};
  // Else the file's; a folder is opened in fp32. int8 of fp32 weights is made while opening, with a text
  // that is built in, on num_threads threads: import_model() makes it once. fp32 of an int8 file is
  // kInvalidArgument.
  std::optional<Precision> precision = {};
  uint32_t num_threads = 1;
  // Who multiplies matrices: "linnet" or empty, Linnet's kernels; "onednn", oneDNN, in builds that have it
  // (else kUnsupported). An int8 model's results have the same bits with either. An fp32 model's have not, and
  // with oneDNN they may depend on the CPU and on what is embedded together.
  std::string backend = {};
};

struct TensorInfo {
  std::string name;    // in the source file
  std::string dtype;   // in the source file: "F32", "F16", "BF16", "I64"
  std::vector<uint64_t> shape;
  bool used = false;   // false: known, and not needed for embeddings
};

// A tensor as this model holds it.
struct StoredTensor {
  std::string name;    // Linnet's own
  std::string layout;  // "s8 panels"
  uint64_t rows = 0, cols = 0;
  uint64_t bytes = 0;
};

struct SectionInfo {
  std::string name;    // of a part of the .linnet file
  uint64_t offset = 0, size = 0;
  uint64_t checksum = 0;  // XXH3
};

struct ModelInfo {
  std::string path;
  std::string family;  // "bert"
  uint32_t hidden_size = 0, num_layers = 0, num_heads = 0, intermediate_size = 0;
  uint32_t vocab_size = 0, max_positions = 0, type_vocab_size = 0;
  float layer_norm_eps = 0;
  std::string activation;  // "gelu"
  uint64_t num_parameters = 0;  // used ones
  std::string precision;       // of the matrices of the layers: "fp32", "int8"
  std::string calibration;     // of an int8 model: with which text it was made
  double quantize_seconds = 0; // that opening took to make int8 of fp32; 0: nothing was made
  std::string isa;         // kernels in use
  std::string backend;     // who multiplies matrices: "linnet", "onednn 2.6.3"

  Pooling pooling = Pooling::kMean;
  std::vector<std::string> dense;  // one line a module: "384 -> 256, tanh"
  bool normalize = false;
  std::vector<Prompt> prompts;        // by name
  std::string default_prompt_name;    // of the one that applies by itself; empty: none does
  bool include_prompt = true;         // pooling reads the prompt's tokens too
  uint32_t dimension = 0;   // of an embedding
  uint32_t max_length = 0;  // tokens a text may have, special ones included

  Task task = Task::kEmbed;
  std::string architecture;         // of the head: "BertForTokenClassification"; empty: there is none
  std::vector<std::string> labels;  // of kClassify and kTag
  ProblemType problem = ProblemType::kSingleLabel;  // of kClassify

  std::string source_files, source_sha256;  // the weights this model was imported from
  std::vector<TensorInfo> tensors;
  std::vector<StoredTensor> stored;
  std::vector<std::string> notes;
  uint32_t format_version = 0;
  uint64_t file_size = 0;
  std::vector<SectionInfo> sections;
};

// A handle, cheap to copy; the model lives as long as any copy.
class Model {
 public:
  // `path` is a .linnet file (mapped) or a Hugging Face folder (imported into memory).
  static Result<Model> open(const std::string& path, const OpenOptions& options = {});

  const ModelInfo& info() const;
  const Tokenizer& tokenizer() const;

  // Tokens that each of `num_threads` workers carries through the layers together on this machine: by the
  // model's sizes and precision and the caches of the CPU. Decides speed alone.
  size_t chunk_tokens(uint32_t num_threads) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

// What --cpu shows: every tier of this build, and whether this machine can run it.
struct TierInfo {
  std::string name;
  bool supported = false;
  bool in_use = false;  // by a model opened without asking for a tier
  std::string detail;   // of the scalar tier: how it was compiled
};
std::vector<TierInfo> cpu_tiers();

const char* version();  // "0.1.0"

}  // namespace linnet
