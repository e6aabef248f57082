// The encoder of gte-*-en-v1.5: Zhang et al. 2024 (mGTE), section 2; modeling.py of Alibaba-NLP/new-impl, whose
// model_type is "new". BERT with rotary positions, query, key and value in one matrix, and a gated feed-forward whose
// matrix has what is gated first. Token types are optional.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

bool has_types(const EncoderConfig& config) { return config.type_vocab_size > 1; }
bool has_no_types(const EncoderConfig& config) { return !has_types(config); }

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kHidden, "embeddings.token_type", Layout::kRows, 0, 1,
     0, has_types},
    {nullptr, nullptr, kTypes, kHidden, "embeddings.token_type", Layout::kRows, 0, 1, 0, has_no_types},
    {"embeddings.LayerNorm.weight", nullptr, kNone, kHidden, "embeddings.norm.weight", Layout::kVector},
    {"embeddings.LayerNorm.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
};

constexpr TensorRow kLayer[] = {
    {"encoder.layer.{l}.attention.qkv_proj.weight", nullptr, kQkv, kHidden, "layers.{l}.qkv.weight", Layout::kPanels},
    {"encoder.layer.{l}.attention.qkv_proj.bias", nullptr, kNone, kQkv, "layers.{l}.qkv.bias", Layout::kVector},
    {"encoder.layer.{l}.attention.o_proj.weight", nullptr, kHidden, kHidden, "layers.{l}.attention_output.weight",
     Layout::kPanels},
    {"encoder.layer.{l}.attention.o_proj.bias", nullptr, kNone, kHidden, "layers.{l}.attention_output.bias",
     Layout::kVector},
    {"encoder.layer.{l}.attn_ln.weight", nullptr, kNone, kHidden, "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attn_ln.bias", nullptr, kNone, kHidden, "layers.{l}.attention_norm.bias", Layout::kVector},
    {.source = "encoder.layer.{l}.mlp.up_gate_proj.weight",
     .old_source = nullptr,
     .rows = kGateAndUp,
     .cols = kHidden,
     .target = "layers.{l}.ffn_up.weight",
     .layout = Layout::kPanels,
     .swap_halves = true},
    {nullptr, nullptr, kNone, kGateAndUp, "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layer.{l}.mlp.down_proj.weight", nullptr, kHidden, kIntermediate, "layers.{l}.ffn_down.weight",
     Layout::kPanels},
    {"encoder.layer.{l}.mlp.down_proj.bias", nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias", Layout::kVector},
    {"encoder.layer.{l}.mlp_ln.weight", nullptr, kNone, kHidden, "layers.{l}.output_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.mlp_ln.bias", nullptr, kNone, kHidden, "layers.{l}.output_norm.bias", Layout::kVector},
};

constexpr TensorRow kMasks[] = {
    {"lm_head.dense.weight", nullptr, kTransform, kHidden, "head.transform.weight", Layout::kPanels},
    {"lm_head.dense.bias", nullptr, kNone, kTransform, "head.transform.bias", Layout::kVector},
    {"lm_head.norm.weight", nullptr, kNone, kTransform, "head.norm.weight", Layout::kVector},
    {"lm_head.norm.bias", nullptr, kNone, kTransform, "head.norm.bias", Layout::kVector},
    {"lm_head.decoder.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kTransform, "head.output.weight",
     Layout::kPanels},
    {"lm_head.decoder.bias", nullptr, kNone, kOutputs, "head.output.bias", Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"NewForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false, kPooledClassifier},
    {"NewForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"NewForMaskedLM", Task::kFill, kHidden, std::nullopt, true, kMasks},
};

constexpr const char* kUnused[] = {"pooler.dense.", "lm_head.", "classifier."};

void read_rotary(base::JsonFields& fields, EncoderConfig& config) {
  config.positions = Positions::kRotary;
  config.rotary.base = fields.positive_or("rope_theta", 10000, kMostRotaryBase);
  config.rotary.size = config.num_heads == 0 ? 0 : config.head_size();
  config.rotary.unstretched = config.max_positions;
  fields.object_or_none("rope_scaling", [&](base::JsonFields& scaling) {
    if (scaling.text("type") != "ntk") scaling.unsupported("type", "\"ntk\"");
    if (scaling.has("mixed_b")) scaling.unsupported("mixed_b", "null");
    config.rotary.ntk_factor = scaling.number("factor", 1, kMostRotaryStretch);
  });
}

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  read_sizes(fields, {.most_positions = kMostFreePositions}, config);
  const uint32_t types = fields.count_or("type_vocab_size", 0, 0, kMostRows);
  if (types == 1) fields.unsupported("type_vocab_size", "0, or at least 2");
  config.type_vocab_size = types == 0 ? 1 : types;
  config.layer_norm_eps = fields.positive_or("layer_norm_eps", 1e-12f, 0.5f);
  config.activation = read_activation(fields, "hidden_act");
  config.gated = true;
  read_rotary(fields, config);
  if (fields.text_or("layer_norm_type", "layer_norm") != "layer_norm") {
    fields.unsupported("layer_norm_type", "\"layer_norm\"");
  }
  expect_flag(fields, "pack_qkv", true);
  expect_flag(fields, "logn_attention_scale", false);
}

}  // namespace

const Family& gte_family() {
  static const Family kFamily = {.name = "gte",
                                 .model_type = "new",
                                 .prefix = "new.",
                                 .read_config = read_config,
                                 .position_embedding_type = "rope",
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
