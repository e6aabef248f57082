// DistilBERT: Sanh et al. 2019; models/distilbert/modeling_distilbert.py in transformers. BERT under other
// names, without token types.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, kPositions, kHidden, "embeddings.position",
     Layout::kRows},
    {nullptr, nullptr, kTypes, kHidden, "embeddings.token_type", Layout::kRows},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kHidden, "embeddings.norm.weight",
     Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
};

constexpr TensorRow kLayer[] = {
    {"transformer.layer.{l}.attention.q_lin.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 0, 3},
    {"transformer.layer.{l}.attention.k_lin.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 1, 3},
    {"transformer.layer.{l}.attention.v_lin.weight", nullptr, kHidden, kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 2, 3},
    {"transformer.layer.{l}.attention.q_lin.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 0, 3},
    {"transformer.layer.{l}.attention.k_lin.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 1, 3},
    {"transformer.layer.{l}.attention.v_lin.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 2, 3},
    {"transformer.layer.{l}.attention.out_lin.weight", nullptr, kHidden, kHidden,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {"transformer.layer.{l}.attention.out_lin.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_output.bias", Layout::kVector},
    {"transformer.layer.{l}.sa_layer_norm.weight", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"transformer.layer.{l}.sa_layer_norm.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.bias", Layout::kVector},
    {"transformer.layer.{l}.ffn.lin1.weight", nullptr, kIntermediate, kHidden,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {"transformer.layer.{l}.ffn.lin1.bias", nullptr, kNone, kIntermediate, "layers.{l}.ffn_up.bias",
     Layout::kVector},
    {"transformer.layer.{l}.ffn.lin2.weight", nullptr, kHidden, kIntermediate,
     "layers.{l}.ffn_down.weight", Layout::kPanels},
    {"transformer.layer.{l}.ffn.lin2.bias", nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias",
     Layout::kVector},
    {"transformer.layer.{l}.output_layer_norm.weight", nullptr, kNone, kHidden,
     "layers.{l}.output_norm.weight", Layout::kVector},
    {"transformer.layer.{l}.output_layer_norm.bias", nullptr, kNone, kHidden,
     "layers.{l}.output_norm.bias", Layout::kVector},
};

constexpr TensorRow kClassifier[] = {
    {"pre_classifier.weight", nullptr, kTransform, kHidden, "head.transform.weight", Layout::kPanels},
    {"pre_classifier.bias", nullptr, kNone, kTransform, "head.transform.bias", Layout::kVector},
    {"classifier.weight", nullptr, kOutputs, kTransform, "head.output.weight", Layout::kPanels},
    {"classifier.bias", nullptr, kNone, kOutputs, "head.output.bias", Layout::kVector},
};
constexpr TensorRow kMasks[] = {
    {"vocab_transform.weight", nullptr, kTransform, kHidden, "head.transform.weight",
     Layout::kPanels},
    {"vocab_transform.bias", nullptr, kNone, kTransform, "head.transform.bias", Layout::kVector},
    {"vocab_layer_norm.weight", nullptr, kNone, kTransform, "head.norm.weight", Layout::kVector},
    {"vocab_layer_norm.bias", nullptr, kNone, kTransform, "head.norm.bias", Layout::kVector},
    {"vocab_projector.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kTransform,
     "head.output.weight", Layout::kPanels},
    {"vocab_projector.bias", nullptr, kNone, kOutputs, "head.output.bias", Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"DistilBertForSequenceClassification", Task::kClassify, kHidden, Activation::kRelu, false,
     kClassifier},
    {"DistilBertForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"DistilBertForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"DistilBertForMaskedLM", Task::kFill, kHidden, std::nullopt, true, kMasks},
};

constexpr const char* kUnused[] = {"pre_classifier.", "classifier.", "qa_outputs.", "vocab_"};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  read_sizes(fields, {.hidden = "dim", .layers = "n_layers", .heads = "n_heads", .intermediate = "hidden_dim"}, config);
  config.type_vocab_size = 1;
  config.layer_norm_eps = 1e-12f;  // fixed in the reference
  config.activation = read_activation(fields, "activation");
}

}  // namespace

const Family& distilbert_family() {
  static const Family kFamily = {.name = "distilbert",
                                 .model_type = "distilbert",
                                 .prefix = "distilbert.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
