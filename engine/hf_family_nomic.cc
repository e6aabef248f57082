// Nomic BERT: Nussbaum et al. 2024; models/nomic_bert in transformers, modeling_hf_nomic_bert.py of
// nomic-ai/nomic-bert-2048. BERT with rotary positions and a gated feed-forward (SwiGLU), without biases in
// its layers. Its config.json has two forms: Nomic's own, with names of GPT-2, and that of transformers 5.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

using enum Dim;

constexpr TensorRow kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, kVocab, kHidden, "embeddings.word", Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, kTypes, kHidden, "embeddings.token_type",
     Layout::kRows},
    {"emb_ln.weight", nullptr, kNone, kHidden, "embeddings.norm.weight", Layout::kVector},
    {"emb_ln.bias", nullptr, kNone, kHidden, "embeddings.norm.bias", Layout::kVector},
};

constexpr TensorRow kLayer[] = {
    {"encoder.layers.{l}.attn.Wqkv.weight", nullptr, kQkv, kHidden, "layers.{l}.qkv.weight",
     Layout::kPanels},
    {nullptr, nullptr, kNone, kQkv, "layers.{l}.qkv.bias", Layout::kVector},
    {"encoder.layers.{l}.attn.out_proj.weight", nullptr, kHidden, kHidden,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {nullptr, nullptr, kNone, kHidden, "layers.{l}.attention_output.bias", Layout::kVector},
    {"encoder.layers.{l}.norm1.weight", nullptr, kNone, kHidden, "layers.{l}.attention_norm.weight",
     Layout::kVector},
    {"encoder.layers.{l}.norm1.bias", nullptr, kNone, kHidden, "layers.{l}.attention_norm.bias",
     Layout::kVector},
    {"encoder.layers.{l}.mlp.fc12.weight", nullptr, kIntermediate, kHidden, "layers.{l}.ffn_up.weight",
     Layout::kPanels, 0, 2},
    {"encoder.layers.{l}.mlp.fc11.weight", nullptr, kIntermediate, kHidden, "layers.{l}.ffn_up.weight",
     Layout::kPanels, 1, 2},
    {nullptr, nullptr, kNone, kGateAndUp, "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layers.{l}.mlp.fc2.weight", nullptr, kHidden, kIntermediate, "layers.{l}.ffn_down.weight",
     Layout::kPanels},
    {nullptr, nullptr, kNone, kHidden, "layers.{l}.ffn_down.bias", Layout::kVector},
    {"encoder.layers.{l}.norm2.weight", nullptr, kNone, kHidden, "layers.{l}.output_norm.weight",
     Layout::kVector},
    {"encoder.layers.{l}.norm2.bias", nullptr, kNone, kHidden, "layers.{l}.output_norm.bias",
     Layout::kVector},
};

constexpr TensorRow kMasks[] = {
    {"cls.predictions.transform.dense.weight", nullptr, kTransform, kHidden, "head.transform.weight",
     Layout::kPanels},
    {"cls.predictions.transform.dense.bias", nullptr, kNone, kTransform, "head.transform.bias",
     Layout::kVector},
    {"cls.predictions.transform.layer_norm.weight", nullptr, kNone, kTransform, "head.norm.weight",
     Layout::kVector},
    {"cls.predictions.transform.layer_norm.bias", nullptr, kNone, kTransform, "head.norm.bias",
     Layout::kVector},
    {"cls.predictions.decoder.weight", "{base}embeddings.word_embeddings.weight", kOutputs, kTransform,
     "head.output.weight", Layout::kPanels},
    {"cls.predictions.bias", "cls.predictions.decoder.bias", kNone, kOutputs, "head.output.bias",
     Layout::kVector},
};

constexpr HeadTable kTaskHeads[] = {
    {"NomicBertForSequenceClassification", Task::kClassify, kHidden, Activation::kTanh, false,
     kPooledClassifier},
    {"NomicBertForTokenClassification", Task::kTag, kNone, Activation::kIdentity, false, kTokenHead},
    {"NomicBertForMaskedLM", Task::kFill, kHidden, std::nullopt, true, kMasks},
    {"NomicBertForPreTraining", Task::kFill, kHidden, std::nullopt, true, kMasks},
};

constexpr const char* kUnused[] = {"pooler.dense.", "classifier.", "cls.predictions.",
                                   "cls.seq_relationship."};

void read_own_config(base::JsonFields& fields, EncoderConfig& config) {
  read_sizes(fields,
             {.hidden = "n_embd",
              .layers = "n_layer",
              .heads = "n_head",
              .intermediate = fields.has("n_inner") ? "n_inner" : nullptr,
              .positions = "n_positions",
              .most_positions = kMostFreePositions},
             config);
  config.type_vocab_size = fields.count("type_vocab_size", 1, kMostRows);
  config.layer_norm_eps = fields.positive("layer_norm_epsilon", 0.5f);
  if (fields.text("activation_function") != "swiglu") fields.unsupported("activation_function", "\"swiglu\"");

  config.rotary.base = fields.positive_or("rotary_emb_base", 10000, kMostRotaryBase);
  if (fields.number("rotary_emb_fraction", 0, 1) != 1) fields.unsupported("rotary_emb_fraction", "1");
  if (fields.has("rotary_emb_scale_base")) fields.unsupported("rotary_emb_scale_base", "null");
  config.rotary.unstretched = config.max_positions;
  if (fields.has("rotary_scaling_factor")) {
    config.rotary.stretch = fields.number("rotary_scaling_factor", 1, kMostRotaryStretch);
    config.rotary.unstretched = fields.count("max_trained_positions", 1, kMostFreePositions);
  }
  for (const char* name :
       {"causal", "prenorm", "parallel_block", "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias",
        "use_rms_norm", "rotary_emb_interleaved", "scale_attn_by_inverse_layer_idx"}) {
    expect_flag(fields, name, false);
  }
  expect_flag(fields, "scale_attn_weights", true);
  for (const char* name : {"num_experts", "moe_every_n_layers"}) {
    if (fields.count_or(name, 0, 0, kMostLayers) != 0) fields.unsupported(name, "0: no experts");
  }
}

void read_config(base::JsonFields& fields, EncoderConfig& config) {
  if (fields.has("n_embd")) {
    read_own_config(fields, config);
    config.activation = Activation::kSilu;
  } else {
    bert_family().read_config(fields, config);
    config.activation = fields.has("hidden_act") ? read_activation(fields, "hidden_act") : Activation::kSilu;
    config.rotary.base = 1000;
    config.rotary.unstretched = config.max_positions;
    fields.object_or_none("rope_parameters", [&](base::JsonFields& rope) {
      const std::string type = rope.text_or("rope_type", "default");
      config.rotary.base = rope.positive_or("rope_theta", config.rotary.base, kMostRotaryBase);
      if (type == "dynamic") {
        config.rotary.stretch = rope.number("factor", 1, kMostRotaryStretch);
      } else if (type != "default") {
        rope.unsupported("rope_type", "\"default\" or \"dynamic\"");
      }
      if (rope.has("partial_rotary_factor") && rope.number("partial_rotary_factor", 0, 1) != 1) {
        rope.unsupported("partial_rotary_factor", "1");
      }
    });
  }
  config.gated = true;
  config.positions = Positions::kRotary;
  config.rotary.size = config.num_heads == 0 ? 0 : config.head_size();
  if (fields.has("head_dim") && fields.count("head_dim", 1, kMostFeatures) != config.rotary.size) {
    fields.unsupported("head_dim", "hidden_size / num_attention_heads");
  }
}

}  // namespace

const Family& nomic_family() {
  static const Family kFamily = {.name = "nomic_bert",
                                 .model_type = "nomic_bert",
                                 .prefix = "nomic_bert.",
                                 .old_prefix = "bert.",
                                 .read_config = read_config,
                                 .embeddings = kEmbeddings,
                                 .layer = kLayer,
                                 .heads = kTaskHeads,
                                 .unused = kUnused};
  return kFamily;
}

}  // namespace linnet::engine
