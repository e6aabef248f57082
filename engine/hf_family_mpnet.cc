// MPNet: Song et al. 2020; models/mpnet/modeling_mpnet.py in transformers. BERT without token types, with
// a bias on attention that depends on how far apart two tokens are (engine/position_bias.h).
#include "base/json_fields.h"
#include "engine/family.h"
#include "engine/position_bias.h"

namespace linnet::engine {
namespace {

using enum Dim;

// The position table starts with the rows of no position: padding_idx, and those before it.
constexpr uint32_t kFirstPosition = 2;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, kPositions, kHidden, "embeddings.position",
     Layout::kRows, 0, 1, kFirstPosition},
    {nullptr, nullptr, kTypes, kHidden, "embeddings.token_type", Layout::kRows},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kHidden, "embeddings.norm.weight",
     Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
    {"encoder.relative_attention_bias.weight", nullptr, kBuckets, kHeads, "attention.relative_bias",
     Layout::kRows},
};

constexpr TensorRow kLayer[] = {
    {"encoder.layer.{l}.attention.attn.q.weight", nullptr, kHidden, kHidden, "layers.{l}.qkv.weight",
     Layout::kPanels, 0, 3},
    {"encoder.layer.{l}.attention.attn.k.weight", nullptr, kHidden, kHidden, "layers.{l}.qkv.weight",
     Layout::kPanels, 1, 3},
    {"encoder.layer.{l}.attention.attn.v.weight", nullptr, kHidden, kHidden, "layers.{l}.qkv.weight",
     Layout::kPanels, 2, 3},
    {"encoder.layer.{l}.attention.attn.q.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 0, 3},
    {"encoder.layer.{l}.attention.attn.k.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 1, 3},
    {"encoder.layer.{l}.attention.attn.v.bias", nullptr, kNone, kHidden, "layers.{l}.qkv.bias",
     Layout::kVector, 2, 3},
    {"encoder.layer.{l}.attention.attn.o.weight", nullptr, kHidden, kHidden,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {"encoder.layer.{l}.attention.attn.o.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_output.bias", Layout::kVector},
    {"encoder.layer.{l}.attention.LayerNorm.weight", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attention.LayerNorm.bias", nullptr, kNone, kHidden,
     "layers.{l}.attention_norm.bias", Layout::kVector},
    {"encoder.layer.{l}.intermediate.dense.weight", nullptr, kIntermediate, kHidden,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {"encoder.layer.{l}.intermediate.dense.bias", nullptr, kNone, kIntermediate,
     "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layer.{l}.output.dense.weight", nullptr, kHidden, kIntermediate,
     "layers.{l}.ffn_down.weight", Layout::kPanels},
    {"encoder.layer.{l}.output.dense.bias", nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias",
     Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.weight", nullptr, kNone, kHidden,
     "layers.{l}.output_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.bias", nullptr, kNone, kHidden,
     "layers.{l}.output_norm.bias", Layout::kVector},
};

constexpr TensorRow kMasks[] = {
    {"lm_head.dense.weight", nullptr, kTransform, kHidden, "head.transform.weight", Layout::kPanels},
    {"lm_head.dense.bias", nullptr, kNone, kTransform, "head.transform.bias", Layout::kVector},
    {"lm_head.layer_norm.weight", nullptr, kNone, kTransform, "head.norm.weight", Layout::kVector},
    {"lm_head.layer_norm.bias", nullptr, kNone, kTransform, "head.norm.bias", Layout::kVector},
    {"lm_head.decoder.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kTransform,
     "head.output.weight", Layout::kPanels},
    {"lm_head.bias", "lm_head.decoder.bias", kNone, kOutputs, "head.output.bias", Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"MPNetForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false,
     kDenseClassifier},
    {"MPNetForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"MPNetForQuestionAnswering", Task::kAnswer, kNone, Activation::kIdentity, false, kSpanHead},
    {"MPNetForMaskedLM", Task::kFill, kHidden, Activation::kGelu, true, kMasks},
};

constexpr const char* kUnused[] = {"pooler.dense.", "classifier.", "qa_outputs.", "lm_head."};

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  bert_family().read_config(fields, config);
  const uint32_t rows = fields.count("max_position_embeddings", kFirstPosition + 1, kMostRows);
  config.max_positions = rows - kFirstPosition;
  config.type_vocab_size = 1;
  config.positions = Positions::kRelative;
  config.relative_buckets = kRelativeBuckets;
  config.pair_separators = 2;
  if (fields.count_or("relative_attention_num_buckets", kRelativeBuckets, 1, kMostRows) !=
      kRelativeBuckets) {
    fields.unsupported("relative_attention_num_buckets", std::to_string(kRelativeBuckets));
  }
}

}  // namespace

const Family& mpnet_family() {
  static const Family kFamily = {.name = "mpnet",
                                 .model_type = "mpnet",
                                 .prefix = "mpnet.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
