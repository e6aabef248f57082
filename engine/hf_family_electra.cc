// ELECTRA: Clark et al. 2020; models/electra/modeling_electra.py in transformers. BERT with embeddings of
// their own size, projected to the hidden size where the two differ.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kEmbedding, "embeddings.word",
     Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, kPositions, kEmbedding, "embeddings.position",
     Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kEmbedding, "embeddings.token_type",
     Layout::kRows},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kEmbedding, "embeddings.norm.weight",
     Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kEmbedding, "embeddings.norm.bias", Layout::kVector},
    {"embeddings_project.weight", nullptr, kHidden, kEmbedding, "embeddings.project.weight",
     Layout::kPanels, 0, 1, 0, has_projection},
    {"embeddings_project.bias", nullptr, kNone, kHidden, "embeddings.project.bias", Layout::kVector, 0, 1,
     0, has_projection},
};

constexpr TensorRow kMasks[] = {
    {"generator_predictions.dense.weight", nullptr, kTransform, kHidden, "head.transform.weight",
     Layout::kPanels},
    {"generator_predictions.dense.bias", nullptr, kNone, kTransform, "head.transform.bias",
     Layout::kVector},
    {"generator_predictions.LayerNorm.weight", nullptr, kNone, kTransform, "head.norm.weight",
     Layout::kVector},
    {"generator_predictions.LayerNorm.bias", nullptr, kNone, kTransform, "head.norm.bias",
     Layout::kVector},
    {"generator_lm_head.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kTransform,
     "head.output.weight", Layout::kPanels},
    {"generator_lm_head.bias", nullptr, kNone, kOutputs, "head.output.bias", Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"ElectraForSequenceClassification", Task::kClassify, kHidden, Activation::kGelu, false,
     kDenseClassifier},
    {"ElectraForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"ElectraForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"ElectraForMaskedLM", Task::kFill, kEmbedding, Activation::kGelu, true, kMasks},
};

constexpr const char* kUnused[] = {"classifier.", "qa_outputs.", "generator_predictions.",
                                   "generator_lm_head.", "discriminator_predictions."};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  bert_family().read_config(fields, config);
  config.embedding_size = fields.count_or("embedding_size", 128, 1, kMostFeatures);
}

}  // namespace

const Family& electra_family() {
  static const Family kFamily = {.name = "electra",
                                 .model_type = "electra",
                                 .prefix = "electra.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = bert_family().layer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
