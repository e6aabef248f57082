// BERT as in jina-embeddings-v2: Günther et al. 2023; modeling_bert.py of jinaai/jina-bert-implementation.
// ALiBi in place of the position table, and a gated feed-forward. config.json says "bert", with
// position_embedding_type "alibi". The variant with LayerNorm of queries and keys (jina-bert-v2-qk-post-norm)
// is not this one: its models have BPE vocabularies, and their tensors other names.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kHidden, "embeddings.token_type",
     Layout::kRows},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kHidden, "embeddings.norm.weight", Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
};

constexpr TensorRow kLayer[] = {
    {"encoder.layer.{l}.attention.self.query.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 0, 3},
    {"encoder.layer.{l}.attention.self.key.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 1, 3},
    {"encoder.layer.{l}.attention.self.value.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 2, 3},
    {"encoder.layer.{l}.attention.self.query.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 0, 3},
    {"encoder.layer.{l}.attention.self.key.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 1, 3},
    {"encoder.layer.{l}.attention.self.value.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 2, 3},
    {"encoder.layer.{l}.attention.output.dense.weight", nullptr, kHidden, kHidden,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {"encoder.layer.{l}.attention.output.dense.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_output.bias", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.weight", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.bias", Layout::kVector},
    {"encoder.layer.{l}.mlp.gated_layers.weight", nullptr, kGateAndUp, kHidden,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {nullptr, nullptr, kNone, kGateAndUp, "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layer.{l}.mlp.wo.weight", nullptr, kHidden, kIntermediate, "layers.{l}.ffn_down.weight",
     Layout::kPanels},
    {"encoder.layer.{l}.mlp.wo.bias", nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias",
     Layout::kVector},
    {"encoder.layer.{l}.mlp.layernorm.weight", nullptr, kNone, kHidden, "layers.{l}.output_norm.weight",
     Layout::kVector},
    {"encoder.layer.{l}.mlp.layernorm.bias", nullptr, kNone, kHidden, "layers.{l}.output_norm.bias",
     Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"JinaBertForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false,
     kPooledClassifier},
    {"JinaBertForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"JinaBertForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"JinaBertForMaskedLM", Task::kFill, kHidden, Activation::kGelu, true, kMaskedWords},
};

constexpr const char* kUnused[] = {"pooler.dense.", "cls.predictions.", "cls.seq_relationship.",
                                   "classifier.", "qa_outputs."};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  bert_family().read_config(fields, config);
  config.positions = Positions::kAlibi;
  config.gated = true;
  // The gate's activation is that of the feed-forward's type; hidden_act is the masked-word head's.
  if (config.activation != Activation::kGelu) fields.unsupported("hidden_act", "\"gelu\"");
  const std::string type = fields.text_or("feed_forward_type", "original");
  if (type == "reglu") {
    config.activation = Activation::kRelu;
  } else if (type != "geglu") {
    fields.unsupported("feed_forward_type", "\"geglu\" or \"reglu\"");
  }
}

}  // namespace

const Family& jina_family() {
  static const Family kFamily = {.name = "jina_bert",
                                 .model_type = "bert",
                                 .prefix = "bert.",
                                 .read_config = read_config,
                                 .position_embedding_type = "alibi",
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
