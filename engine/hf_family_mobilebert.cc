// MobileBERT: Sun et al. 2020; models/mobilebert/modeling_mobilebert.py in transformers. Thin layers between wide hidden
// states: see engine/encoder_mobilebert.cc.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

// use_bottleneck_attention, and its contrary.
bool inside(const EncoderConfig& config) { return config.bottleneck.attention_inside; }
bool apart(const EncoderConfig& config) { return !config.bottleneck.attention_inside; }

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kEmbedding, "embeddings.word", Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, kPositions, kHidden, "embeddings.position",
     Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kHidden, "embeddings.token_type",
     Layout::kRows},
    {"embeddings.embedding_transformation.weight", nullptr, kHidden, kProjected, "embeddings.project.weight",
     Layout::kPanels, 0, 1, 0, has_projection},
    {"embeddings.embedding_transformation.bias", nullptr, kNone, kHidden, "embeddings.project.bias",
     Layout::kVector, 0, 1, 0, has_projection},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kHidden, "embeddings.norm.weight", Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
};

constexpr TensorRow kLayer[] = {
    // All that reads the hidden state is one matrix.
    {"encoder.layer.{l}.bottleneck.input.dense.weight", nullptr, kBottleneck, kHidden,
     "layers.{l}.bottleneck_in.weight", Layout::kPanels, 0, 3, 0, apart},
    {"encoder.layer.{l}.bottleneck.attention.dense.weight", nullptr, kBottleneck, kHidden,
     "layers.{l}.bottleneck_in.weight", Layout::kPanels, 1, 3, 0, apart},
    {"encoder.layer.{l}.attention.self.value.weight", nullptr, kBottleneck, kHidden,
     "layers.{l}.bottleneck_in.weight", Layout::kPanels, 2, 3, 0, apart},
    {"encoder.layer.{l}.bottleneck.input.dense.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in.bias", Layout::kVector, 0, 3, 0, apart},
    {"encoder.layer.{l}.bottleneck.attention.dense.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in.bias", Layout::kVector, 1, 3, 0, apart},
    {"encoder.layer.{l}.attention.self.value.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in.bias", Layout::kVector, 2, 3, 0, apart},
    {"encoder.layer.{l}.bottleneck.input.dense.weight", nullptr, kBottleneck, kHidden,
     "layers.{l}.bottleneck_in.weight", Layout::kPanels, 0, 1, 0, inside},
    {"encoder.layer.{l}.bottleneck.input.dense.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in.bias", Layout::kVector, 0, 1, 0, inside},
    {"encoder.layer.{l}.bottleneck.input.LayerNorm.weight", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.bottleneck.input.LayerNorm.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_in_norm.bias", Layout::kVector},
    {"encoder.layer.{l}.bottleneck.attention.LayerNorm.weight", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_attention_norm.weight", Layout::kVector, 0, 1, 0, apart},
    {"encoder.layer.{l}.bottleneck.attention.LayerNorm.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.bottleneck_attention_norm.bias", Layout::kVector, 0, 1, 0, apart},

    {"encoder.layer.{l}.attention.self.query.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.qkv.weight", Layout::kPanels, 0, 2, 0, apart},
    {"encoder.layer.{l}.attention.self.key.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.qkv.weight", Layout::kPanels, 1, 2, 0, apart},
    {"encoder.layer.{l}.attention.self.query.bias", nullptr, kNone, kBottleneck, "layers.{l}.qkv.bias",
     Layout::kVector, 0, 2, 0, apart},
    {"encoder.layer.{l}.attention.self.key.bias", nullptr, kNone, kBottleneck, "layers.{l}.qkv.bias",
     Layout::kVector, 1, 2, 0, apart},
    {"encoder.layer.{l}.attention.self.query.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.qkv.weight", Layout::kPanels, 0, 3, 0, inside},
    {"encoder.layer.{l}.attention.self.key.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.qkv.weight", Layout::kPanels, 1, 3, 0, inside},
    {"encoder.layer.{l}.attention.self.value.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.qkv.weight", Layout::kPanels, 2, 3, 0, inside},
    {"encoder.layer.{l}.attention.self.query.bias", nullptr, kNone, kBottleneck, "layers.{l}.qkv.bias",
     Layout::kVector, 0, 3, 0, inside},
    {"encoder.layer.{l}.attention.self.key.bias", nullptr, kNone, kBottleneck, "layers.{l}.qkv.bias",
     Layout::kVector, 1, 3, 0, inside},
    {"encoder.layer.{l}.attention.self.value.bias", nullptr, kNone, kBottleneck, "layers.{l}.qkv.bias",
     Layout::kVector, 2, 3, 0, inside},
    {"encoder.layer.{l}.attention.output.dense.weight", nullptr, kBottleneck, kBottleneck,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {"encoder.layer.{l}.attention.output.dense.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.attention_output.bias", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.weight", nullptr, kNone, kBottleneck,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.attention_norm.bias", Layout::kVector},

    {"encoder.layer.{l}.ffn.{f}.intermediate.dense.weight", nullptr, kIntermediate, kBottleneck,
     "layers.{l}.ffn.{f}.up.weight", Layout::kPanels},
    {"encoder.layer.{l}.ffn.{f}.intermediate.dense.bias", nullptr, kNone, kIntermediate,
     "layers.{l}.ffn.{f}.up.bias", Layout::kVector},
    {"encoder.layer.{l}.ffn.{f}.output.dense.weight", nullptr, kBottleneck, kIntermediate,
     "layers.{l}.ffn.{f}.down.weight", Layout::kPanels},
    {"encoder.layer.{l}.ffn.{f}.output.dense.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.ffn.{f}.down.bias", Layout::kVector},
    {"encoder.layer.{l}.ffn.{f}.output.LayerNorm.weight", nullptr, kNone, kBottleneck,
     "layers.{l}.ffn.{f}.norm.weight", Layout::kVector},
    {"encoder.layer.{l}.ffn.{f}.output.LayerNorm.bias", nullptr, kNone, kBottleneck,
     "layers.{l}.ffn.{f}.norm.bias", Layout::kVector},
    {"encoder.layer.{l}.intermediate.dense.weight", nullptr, kIntermediate, kBottleneck,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {"encoder.layer.{l}.intermediate.dense.bias", nullptr, kNone, kIntermediate, "layers.{l}.ffn_up.bias",
     Layout::kVector},
    {"encoder.layer.{l}.output.dense.weight", nullptr, kBottleneck, kIntermediate,
     "layers.{l}.ffn_down.weight", Layout::kPanels},
    {"encoder.layer.{l}.output.dense.bias", nullptr, kNone, kBottleneck, "layers.{l}.ffn_down.bias",
     Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.weight", nullptr, kNone, kBottleneck,
     "layers.{l}.output_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.bias", nullptr, kNone, kBottleneck, "layers.{l}.output_norm.bias",
     Layout::kVector},
    {"encoder.layer.{l}.output.bottleneck.dense.weight", nullptr, kHidden, kBottleneck,
     "layers.{l}.bottleneck_out.weight", Layout::kPanels},
    {"encoder.layer.{l}.output.bottleneck.dense.bias", nullptr, kNone, kHidden,
     "layers.{l}.bottleneck_out.bias", Layout::kVector},
    {"encoder.layer.{l}.output.bottleneck.LayerNorm.weight", nullptr, kNone, kHidden,
     "layers.{l}.bottleneck_out_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.output.bottleneck.LayerNorm.bias", nullptr, kNone, kHidden,
     "layers.{l}.bottleneck_out_norm.bias", Layout::kVector},
};

// The words' embeddings are narrower than hidden states: what they lack is a matrix of its own, [h - e, vocab].
constexpr TensorRow kMasks[] = {
    {"cls.predictions.transform.dense.weight", nullptr, kTransform, kHidden, "head.transform.weight",
     Layout::kPanels},
    {"cls.predictions.transform.dense.bias", nullptr, kNone, kTransform, "head.transform.bias",
     Layout::kVector},
    {"cls.predictions.transform.LayerNorm.weight", nullptr, kNone, kTransform, "head.norm.weight",
     Layout::kVector},
    {"cls.predictions.transform.LayerNorm.bias", nullptr, kNone, kTransform, "head.norm.bias",
     Layout::kVector},
    {"cls.predictions.decoder.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kEmbedding,
     "head.output.weight", Layout::kPanels, 0, 2, 0, nullptr, kTransform},
    {"cls.predictions.dense.weight", nullptr, kBesideEmbedding, kOutputs, "head.output.weight",
     Layout::kPanels, 1, 2, 0, nullptr, kTransform},
    {"cls.predictions.bias", "cls.predictions.decoder.bias", kNone, kOutputs, "head.output.bias",
     Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"MobileBertForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false,
     kPooledClassifier, "classifier_activation"},
    {"MobileBertForSequenceClassification", Task::kClassify, kNone, Activation::kIdentity, false, kTokenHead},
    {"MobileBertForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"MobileBertForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"MobileBertForMaskedLM", Task::kFill, kHidden, std::nullopt, true, kMasks},
    {"MobileBertForPreTraining", Task::kFill, kHidden, std::nullopt, true, kMasks},
};

// And what a checkpoint has though its configuration makes no use of it.
constexpr const char* kUnused[] = {"pooler.dense.",
                                   "cls.predictions.",
                                   "cls.seq_relationship.",
                                   "classifier.",
                                   "qa_outputs.",
                                   "embeddings.embedding_transformation.",
                                   "encoder.layer.{l}.bottleneck.attention."};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  bert_family().read_config(fields, config);
  if (!fields.has("hidden_act")) config.activation = Activation::kRelu;
  config.embedding_size = fields.count_or("embedding_size", 128, 1, kMostFeatures);
  if (config.embedding_size > config.hidden_size) {
    fields.unsupported("embedding_size", "at most hidden_size, " + std::to_string(config.hidden_size));
  }
  BottleneckConfig& bottleneck = config.bottleneck;
  bottleneck.size = fields.count_or("intra_bottleneck_size", 128, 1, kMostFeatures);
  bottleneck.attention_inside = fields.flag_or("use_bottleneck_attention", false);
  bottleneck.feed_forwards = fields.count_or("num_feedforward_networks", 4, 1, kMostFeedForwards);
  bottleneck.trigrams = fields.flag_or("trigram_input", true);
  const std::string norm = fields.text_or("normalization_type", "no_norm");
  bottleneck.no_norm = norm == "no_norm";
  if (norm != "no_norm" && norm != "layer_norm") {
    fields.unsupported("normalization_type", "\"no_norm\" or \"layer_norm\"");
  }
  if (!fields.flag_or("use_bottleneck", true)) fields.unsupported("use_bottleneck", "true");
  // Else queries and keys would read hidden states, which have more columns than their matrices take.
  if (!fields.flag_or("key_query_shared_bottleneck", true) && !bottleneck.attention_inside) {
    fields.unsupported("key_query_shared_bottleneck", "true where use_bottleneck_attention is false");
  }
}

}  // namespace

const Family& mobilebert_family() {
  static const Family kFamily = {.name = "mobilebert",
                                 .model_type = "mobilebert",
                                 .prefix = "mobilebert.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
