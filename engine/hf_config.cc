#include "engine/hf_config.h"

#include "base/json_fields.h"
#include "engine/hf_head.h"
#include "engine/position_bias.h"

namespace linnet::engine {
namespace {

// Why a model of another family cannot be read.
std::string family_reason(const std::string& family) {
  for (const char* bpe : {"roberta", "modernbert", "deberta", "longformer"}) {
    if (family == bpe) return "its tokenizer is BPE, not WordPiece, the only kind Linnet has";
  }
  for (const char* pieces : {"xlm-roberta", "camembert", "albert", "deberta-v2", "xlnet"}) {
    if (family == pieces) {
      return "its tokenizer is SentencePiece, not WordPiece, the only kind Linnet has";
    }
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
                           within("embedding_size", config.embedding_size, kMostFeatures),
                           within("num_hidden_layers", config.num_layers, kMostLayers),
                           within("num_attention_heads", config.num_heads, kMostFeatures),
                           within("intermediate_size", config.intermediate_size, kMostFeatures),
                           within("vocab_size", config.vocab_size, kMostRows),
                           within("max_position_embeddings", config.max_positions, kMostRows),
                           within("type_vocab_size", config.type_vocab_size, kMostRows),
                           within("intra_bottleneck_size", config.attention_size(), kMostFeatures),
                           within("num_feedforward_networks", config.bottleneck.feed_forwards,
                                  kMostFeedForwards)};
  for (const Status& check : checks) {
    if (!check.ok()) return check;
  }
  if (config.attention_size() % config.num_heads != 0) {
    return {Code::kCorrupt, where + ": num_attention_heads is " + std::to_string(config.num_heads) +
                                ", which does not divide " +
                                (config.has_bottleneck() ? "intra_bottleneck_size " : "hidden_size ") +
                                std::to_string(config.attention_size())};
  }
  if (config.has_bottleneck() && (config.gated || config.positions != Positions::kTable)) {
    return {Code::kUnsupported, where + ": a bottleneck of " + std::to_string(config.bottleneck.size) +
                                      " columns goes with a table of positions and no gates"};
  }
  if (config.relative_buckets != 0 && config.relative_buckets != kRelativeBuckets) {
    return {Code::kUnsupported, where + ": relative_buckets is " +
                                    std::to_string(config.relative_buckets) + ", expected 0 or " +
                                    std::to_string(kRelativeBuckets)};
  }
  if ((config.positions == Positions::kRelative) != (config.relative_buckets != 0)) {
    return {Code::kCorrupt, where + ": relative_buckets is " + std::to_string(config.relative_buckets) +
                                ", which the kind of positions contradicts"};
  }
  const bool rotary_positions = config.positions == Positions::kRotary;
  if ((rotary_positions || config.positions == Positions::kAlibi) && config.max_positions > kMostFreePositions) {
    return {Code::kUnsupported, where + ": max_position_embeddings is " + std::to_string(config.max_positions) +
                                    ", expected at most " + std::to_string(kMostFreePositions) +
                                    (rotary_positions ? " rotary" : " ALiBi") + " positions"};
  }
  if (rotary_positions) {
    const RotaryConfig& rotary = config.rotary;
    if (rotary.size == 0 || rotary.size % 2 != 0 || rotary.size > config.head_size()) {
      return {Code::kUnsupported, where + ": rotary positions turn " + std::to_string(rotary.size) +
                                      " columns, expected an even number up to the head's " +
                                      std::to_string(config.head_size())};
    }
    if (!(rotary.base >= 1 && rotary.base <= kMostRotaryBase) || rotary.unstretched == 0 ||
        !(rotary.stretch == 0 || (rotary.stretch >= 1 && rotary.stretch <= kMostRotaryStretch))) {
      return {Code::kCorrupt, where + ": the base or the stretch of the rotary positions is out of range"};
    }
  }
  if (config.pair_separators < 1 || config.pair_separators > 2) {
    return {Code::kCorrupt, where + ": pair_separators is " +
                                std::to_string(config.pair_separators) + ", expected 1 or 2"};
  }
  if (!(config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
    return {Code::kCorrupt, where + ": layer_norm_eps is not between 0 and 1"};
  }
  return {};
}

Result<HfConfig> read_hf_config(const std::string& folder) {
  const std::string path = folder + "/config.json";
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);

  const std::string model_type = fields.text("model_type");
  const std::string positions = fields.text_or("position_embedding_type", "absolute");
  if (!fields.status().ok()) return fields.status();
  HfConfig result{.family = find_family(model_type, positions), .encoder = {}, .head = {}, .tied = true};
  if (result.family == nullptr) {
    return Status{Code::kUnsupported, path + ": model_type is \"" + model_type + "\", expected " +
                                          family_names() + ": " + family_reason(model_type)};
  }
  EncoderConfig& config = result.encoder;
  config.family = result.family->name;
  config.vocab_size = fields.count("vocab_size", 1, kMostRows);
  result.family->read_config(fields, config);
  if (positions != result.family->position_embedding_type) {
    fields.unsupported("position_embedding_type", position_embedding_types(model_type));
  }
  expect_flag(fields, "is_decoder", false);
  expect_flag(fields, "add_cross_attention", false);
  if (fields.has("quantization_config")) {
    fields.unsupported("quantization_config", "none: weights in fp32, fp16 or bf16");
  }
  result.tied = fields.flag_or("tie_word_embeddings", true);
  if (!fields.status().ok()) return fields.status();
  if (Status status = check_encoder_config(config, path); !status.ok()) return status;
  auto head = read_hf_head(json.value(), path, *result.family, config);
  if (!head.ok()) return head.status();
  result.head = std::move(head.value());
  return result;
}

}  // namespace linnet::engine
