// BERT: Devlin et al. 2018; models/bert/modeling_bert.py in transformers.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, kPositions, kHidden, "embeddings.position",
     Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kHidden, "embeddings.token_type",
     Layout::kRows},
    {"embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma", kNone, kHidden,
     "embeddings.norm.weight", Layout::kVector},
    {"embeddings.LayerNorm.bias", "embeddings.LayerNorm.beta", kNone, kHidden, "embeddings.norm.bias",
     Layout::kVector},
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
    {"encoder.layer.{l}.attention.output.LayerNorm.weight",
     "encoder.layer.{l}.attention.output.LayerNorm.gamma", kNone, kHidden,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.bias",
     "encoder.layer.{l}.attention.output.LayerNorm.beta", kNone, kHidden,
     "layers.{l}.attention_norm.bias", Layout::kVector},
    {"encoder.layer.{l}.intermediate.dense.weight", nullptr, kIntermediate, kHidden,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {"encoder.layer.{l}.intermediate.dense.bias", nullptr, kNone, kIntermediate,
     "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layer.{l}.output.dense.weight", nullptr, kHidden, kIntermediate,
     "layers.{l}.ffn_down.weight", Layout::kPanels},
    {"encoder.layer.{l}.output.dense.bias", nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias",
     Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.weight", "encoder.layer.{l}.output.LayerNorm.gamma", kNone,
     kHidden, "layers.{l}.output_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.bias", "encoder.layer.{l}.output.LayerNorm.beta", kNone,
     kHidden, "layers.{l}.output_norm.bias", Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"BertForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false,
     kPooledClassifier},
    {"BertForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"BertForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"BertForMaskedLM", Task::kFill, kHidden, std::nullopt, true, kMaskedWords},
    {"BertForPreTraining", Task::kFill, kHidden, std::nullopt, true, kMaskedWords},
};

// The pooler (pooling does not read it) and the heads of other tasks.
constexpr const char* kUnused[] = {"pooler.dense.", "cls.predictions.", "cls.seq_relationship.",
                                   "classifier.", "qa_outputs."};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  read_sizes(fields, {}, config);
  config.type_vocab_size = fields.count_or("type_vocab_size", 2, 1, kMostRows);
  config.layer_norm_eps = fields.positive_or("layer_norm_eps", 1e-12f, 0.5f);
  config.activation = read_activation(fields, "hidden_act");
}

}  // namespace

const Family& bert_family() {
  static const Family kFamily = {.name = "bert",
                                 .model_type = "bert",
                                 .prefix = "bert.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
