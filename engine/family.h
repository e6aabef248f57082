// engine/family.h - what makes a model family: its config.json, its tensors, its heads.
//
// One file a family: engine/hf_family_bert.cc and its neighbours. The tables say where each tensor of a
// checkpoint goes in the model image; engine/tensor_plan.cc follows them.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/config.h"
#include "engine/model_image.h"

namespace linnet::base {
class JsonFields;
}

namespace linnet::engine {

// A size in a tensor's shape, by its meaning. kNone: the tensor is a vector.
enum class Dim {
  kNone, kHidden, kEmbedding, kIntermediate, kVocab, kPositions, kTypes, kHeads, kBuckets,
  kQkv,        // three times kHidden: query, key and value in one matrix
  kGateAndUp,  // twice kIntermediate: both halves of a gated feed-forward
  kBottleneck, // BottleneckConfig::size
  kProjected,  // EncoderConfig::projected_size()
  kBesideEmbedding,  // kHidden less kEmbedding
  kTransform,  // HeadConfig::transform_size
  kOutputs,    // HeadConfig::num_outputs
};

// One tensor of the checkpoint. "{l}" in a name is the layer, "{f}" a feed-forward of it before its last, "{base}"
// the family's prefix ("bert.") where the checkpoint has it. Names of encoder tensors start with {base} without
// saying so.
struct TensorRow {
  const char* source;      // null: the family has no such tensor, the image's is zero
  const char* old_source;  // another name it may have; null: none
  Dim rows, cols;          // torch's shape: [rows, cols] or [cols]
  const char* target;
  Layout layout;
  uint32_t part = 0, parts = 1;  // several sources stacked into one target
  uint32_t skip_rows = 0;        // first rows of the source that no token uses
  bool (*when)(const EncoderConfig&) = nullptr;  // whether a model has it; null: always
  // Two sources side by side in one target of so many columns: the first at its left edge, the second, which the
  // checkpoint has transposed, at its right one. kNone: the columns are the source's.
  Dim target_cols = Dim::kNone;
  bool swap_halves = false;  // the second half of the source's rows comes first
};

// A task head. Every one is y = output(norm(act(transform(x)))), its first parts optional.
struct HeadTable {
  const char* architecture;  // as config.json says: "BertForTokenClassification"
  Task task;
  Dim transform;                         // the transform's outputs; kNone: there is no transform
  std::optional<Activation> activation;  // after it; none: the encoder's own
  bool norm;                             // and then a LayerNorm
  std::span<const TensorRow> rows;
  // A field of config.json, true where it is missing, by which the table is this one; where it is false, it is the
  // next of the same architecture. Of two such tables one has a transform. Null: there is one table.
  const char* only_with = nullptr;
};

// Of rows that are there where embeddings are projected.
inline bool has_projection(const EncoderConfig& config) { return config.has_projection(); }

struct Family {
  const char* name;        // in a model file
  const char* model_type;  // in config.json
  const char* prefix;      // of the encoder's tensors in a checkpoint with a head
  const char* old_prefix = nullptr;  // another one they may have
  void (*read_config)(base::JsonFields& fields, EncoderConfig& config);
  const char* position_embedding_type = "absolute";  // as config.json says
  std::span<const TensorRow> embeddings, layer;
  std::span<const HeadTable> heads;
  // Prefixes of tensors that are known and not needed, after `prefix` is taken off; "{l}" is any layer.
  std::span<const char* const> unused;
};

// Heads that several families share.
inline constexpr TensorRow kTokenHead[] = {
    {"classifier.weight", nullptr, Dim::kOutputs, Dim::kHidden, "head.output.weight", Layout::kPanels},
    {"classifier.bias", nullptr, Dim::kNone, Dim::kOutputs, "head.output.bias", Layout::kVector},
};
inline constexpr TensorRow kSpanHead[] = {
    {"qa_outputs.weight", nullptr, Dim::kOutputs, Dim::kHidden, "head.output.weight", Layout::kPanels},
    {"qa_outputs.bias", nullptr, Dim::kNone, Dim::kOutputs, "head.output.bias", Layout::kVector},
};
// BERT's: the pooler and a classifier, and the masked words.
inline constexpr TensorRow kPooledClassifier[] = {
    {"{base}pooler.dense.weight", nullptr, Dim::kTransform, Dim::kHidden, "head.transform.weight",
     Layout::kPanels},
    {"{base}pooler.dense.bias", nullptr, Dim::kNone, Dim::kTransform, "head.transform.bias",
     Layout::kVector},
    {"classifier.weight", nullptr, Dim::kOutputs, Dim::kTransform, "head.output.weight",
     Layout::kPanels},
    {"classifier.bias", nullptr, Dim::kNone, Dim::kOutputs, "head.output.bias", Layout::kVector},
};
inline constexpr TensorRow kMaskedWords[] = {
    {"cls.predictions.transform.dense.weight", nullptr, Dim::kTransform, Dim::kHidden,
     "head.transform.weight", Layout::kPanels},
    {"cls.predictions.transform.dense.bias", nullptr, Dim::kNone, Dim::kTransform,
     "head.transform.bias", Layout::kVector},
    {"cls.predictions.transform.LayerNorm.weight", "cls.predictions.transform.LayerNorm.gamma",
     Dim::kNone, Dim::kTransform, "head.norm.weight", Layout::kVector},
    {"cls.predictions.transform.LayerNorm.bias", "cls.predictions.transform.LayerNorm.beta",
     Dim::kNone, Dim::kTransform, "head.norm.bias", Layout::kVector},
    {"cls.predictions.decoder.weight", "{base}embeddings.word_embeddings.weight", Dim::kOutputs,
     Dim::kTransform, "head.output.weight", Layout::kPanels},
    {"cls.predictions.bias", "cls.predictions.decoder.bias", Dim::kNone, Dim::kOutputs,
     "head.output.bias", Layout::kVector},
};
inline constexpr TensorRow kDenseClassifier[] = {
    {"classifier.dense.weight", nullptr, Dim::kTransform, Dim::kHidden, "head.transform.weight",
     Layout::kPanels},
    {"classifier.dense.bias", nullptr, Dim::kNone, Dim::kTransform, "head.transform.bias",
     Layout::kVector},
    {"classifier.out_proj.weight", nullptr, Dim::kOutputs, Dim::kTransform, "head.output.weight",
     Layout::kPanels},
    {"classifier.out_proj.bias", nullptr, Dim::kNone, Dim::kOutputs, "head.output.bias",
     Layout::kVector},
};

const Family& bert_family();
const Family& distilbert_family();
const Family& electra_family();
const Family& mpnet_family();
const Family& nomic_family();
const Family& jina_family();
const Family& mobilebert_family();
const Family& gte_family();

const Family* find_family(const std::string& name);  // null: there is none
// The family of a config.json. Of those with one model_type, the first unless position_embedding_type says
// another.
const Family* find_family(const std::string& model_type, const std::string& position_embedding_type);
std::string position_embedding_types(const std::string& model_type);  // of its families: "\"absolute\" or \"alibi\""
std::string family_names();                                           // "bert, distilbert, ..."

// How a config.json calls what every encoder has.
struct SizeNames {
  const char* hidden = "hidden_size";
  const char* layers = "num_hidden_layers";
  const char* heads = "num_attention_heads";
  const char* intermediate = "intermediate_size";  // null: not there, four times the hidden size
  const char* positions = "max_position_embeddings";
  uint32_t most_positions = kMostRows;
};
// Embeddings are as wide as hidden states, until the family says otherwise.
void read_sizes(base::JsonFields& fields, const SizeNames& names, EncoderConfig& config);

// A field that may only say what Linnet does anyway.
void expect_flag(base::JsonFields& fields, const char* name, bool expected);

// hidden_act and its like; another one than Linnet has is an error that names it.
Activation read_activation(base::JsonFields& fields, const char* name);

}  // namespace linnet::engine
