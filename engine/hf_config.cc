#include "engine/hf_config.h"

#include "base/json_fields.h"

namespace linnet::engine {
namespace {

// Far above any model there is, far below where sizes in bytes would overflow.
constexpr uint32_t kMostFeatures = 65536, kMostLayers = 1024, kMostRows = 1u << 24;

// Why a model of another family cannot be read.
std::string family_reason(const std::string& family) {
  if (family == "roberta" || family == "xlm-roberta" || family == "camembert" ||
      family == "modernbert" || family == "deberta" || family == "deberta-v2") {
    return "its tokenizer is not WordPiece, the only kind Linnet has";
  }
  return "Linnet does not have this family yet";
}

}  // namespace

Status check_encoder_config(const EncoderConfig& config, const std::string& where) {
  const auto within = [&](const char* name, uint32_t value, uint32_t most) {
    if (value >= 1 && value <= most) return Status{};
    return Status{Code::kCorrupt, where + ": " + name + " is " + std::to_string(value) +
                                      ", expected 1 to " + std::to_string(most)};
  };
  const Status checks[] = {within("hidden_size", config.hidden_size, kMostFeatures),
                           within("num_hidden_layers", config.num_layers, kMostLayers),
                           within("num_attention_heads", config.num_heads, kMostFeatures),
                           within("intermediate_size", config.intermediate_size, kMostFeatures),
                           within("vocab_size", config.vocab_size, kMostRows),
                           within("max_position_embeddings", config.max_positions, kMostRows),
                           within("type_vocab_size", config.type_vocab_size, kMostRows)};
  for (const Status& check : checks) {
    if (!check.ok()) return check;
  }
  if (config.hidden_size % config.num_heads != 0) {
    return {Code::kCorrupt, where + ": num_attention_heads is " + std::to_string(config.num_heads) +
                                ", which does not divide hidden_size " +
                                std::to_string(config.hidden_size)};
  }
  if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
    return {Code::kCorrupt, where + ": layer_norm_eps is not between 0 and 1"};
  }
  return {};
}

Result<EncoderConfig> read_hf_config(const std::string& folder) {
  const std::string path = folder + "/config.json";
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);

  const std::string family = fields.text("model_type");
  if (fields.status().ok() && family != "bert") {
    return Status{Code::kUnsupported, path + ": model_type is \"" + family + "\", expected \"bert\": " +
                                          family_reason(family)};
  }
  EncoderConfig config;
  config.family = family;
  config.hidden_size = fields.count("hidden_size", 1, kMostFeatures);
  config.num_layers = fields.count("num_hidden_layers", 1, kMostLayers);
  config.num_heads = fields.count("num_attention_heads", 1, kMostFeatures);
  config.intermediate_size = fields.count("intermediate_size", 1, kMostFeatures);
  config.vocab_size = fields.count("vocab_size", 1, kMostRows);
  config.max_positions = fields.count("max_position_embeddings", 1, kMostRows);
  config.type_vocab_size = fields.count_or("type_vocab_size", 2, 1, kMostRows);
  config.layer_norm_eps = fields.has("layer_norm_eps") ? fields.positive("layer_norm_eps", 0.5f)
                                                       : 1e-12f;
  config.activation = Activation::kGelu;
  if (fields.text_or("hidden_act", "gelu") != "gelu") {
    fields.unsupported("hidden_act", "\"gelu\", the only activation of this version");
  }
  if (fields.text_or("position_embedding_type", "absolute") != "absolute") {
    fields.unsupported("position_embedding_type", "\"absolute\"");
  }
  if (fields.flag_or("is_decoder", false)) fields.unsupported("is_decoder", "false");
  if (fields.flag_or("add_cross_attention", false)) {
    fields.unsupported("add_cross_attention", "false");
  }
  if (fields.has("quantization_config")) {
    fields.unsupported("quantization_config", "none: weights in fp32, fp16 or bf16");
  }
  if (!fields.status().ok()) return fields.status();
  if (Status status = check_encoder_config(config, path); !status.ok()) return status;
  return config;
}

}  // namespace linnet::engine
