#include "engine/metadata.h"

#include "base/json_fields.h"
#include "engine/family.h"
#include "engine/hf_config.h"

namespace linnet::engine {
namespace {

struct ActivationName {
  Activation activation;
  const char* name;
};
constexpr ActivationName kActivations[] = {{Activation::kIdentity, "identity"},
                                           {Activation::kTanh, "tanh"},
                                           {Activation::kGelu, "gelu"},
                                           {Activation::kGeluTanh, "gelu_tanh"},
                                           {Activation::kRelu, "relu"},
                                           {Activation::kSilu, "silu"}};

constexpr const char* kPositionNames[] = {"table", "relative", "rotary", "alibi"};

Activation read_activation(base::JsonFields& fields) {
  const std::string name = fields.text("activation");
  for (const auto& row : kActivations) {
    if (name == row.name) return row.activation;
  }
  fields.unsupported("activation", "identity, tanh, gelu, gelu_tanh, relu or silu");
  return Activation::kIdentity;
}

Positions read_positions(base::JsonFields& fields, bool relative) {
  const std::string name = fields.text_or("positions", relative ? "relative" : "table");
  for (size_t i = 0; i < std::size(kPositionNames); ++i) {
    if (name == kPositionNames[i]) return static_cast<Positions>(i);
  }
  fields.unsupported("positions", "table, relative, rotary or alibi");
  return Positions::kTable;
}

base::Json write_rotary(const RotaryConfig& rotary) {
  if (rotary.size == 0) return nullptr;
  base::Json json = {{"base", rotary.base},
                     {"size", rotary.size},
                     {"stretch", rotary.stretch},
                     {"unstretched", rotary.unstretched}};
  if (rotary.ntk_factor != 1) json["ntk_factor"] = rotary.ntk_factor;
  return json;
}

// Every field changes a result: one that nothing has asked for, in a way that this program does not know.
void refuse_unread(base::JsonFields& fields) {
  const std::string name = fields.unread();
  if (!name.empty()) fields.unsupported(name.c_str(), "no such field");
}

void read_rotary(base::JsonFields& fields, RotaryConfig& rotary) {
  rotary.base = fields.positive("base", kMostRotaryBase);
  rotary.size = fields.count("size", 1, kMostFeatures);
  rotary.unstretched = fields.count("unstretched", 1, kMostRows);
  rotary.stretch = fields.number("stretch", 0, kMostRotaryStretch);
  if (fields.has("ntk_factor")) rotary.ntk_factor = fields.number("ntk_factor", 1, kMostRotaryStretch);
  refuse_unread(fields);
}

base::Json write_bottleneck(const BottleneckConfig& bottleneck) {
  return {{"size", bottleneck.size},
          {"attention_inside", bottleneck.attention_inside},
          {"feed_forwards", bottleneck.feed_forwards},
          {"no_norm", bottleneck.no_norm},
          {"trigrams", bottleneck.trigrams}};
}

void read_bottleneck(base::JsonFields& fields, BottleneckConfig& bottleneck) {
  bottleneck.size = fields.count("size", 1, kMostFeatures);
  bottleneck.attention_inside = fields.flag_or("attention_inside", false);
  bottleneck.feed_forwards = fields.count("feed_forwards", 1, kMostFeedForwards);
  bottleneck.no_norm = fields.flag_or("no_norm", false);
  bottleneck.trigrams = fields.flag_or("trigrams", false);
  refuse_unread(fields);
}

base::Json write_encoder(const EncoderConfig& config) {
  base::Json json = {{"family", config.family},
                     {"hidden_size", config.hidden_size},
                     {"embedding_size", config.embedding_size},
                     {"num_layers", config.num_layers},
                     {"num_heads", config.num_heads},
                     {"intermediate_size", config.intermediate_size},
                     {"gated", config.gated},
                     {"vocab_size", config.vocab_size},
                     {"positions", kPositionNames[static_cast<size_t>(config.positions)]},
                     {"max_positions", config.max_positions},
                     {"type_vocab_size", config.type_vocab_size},
                     {"relative_buckets", config.relative_buckets},
                     {"rotary", write_rotary(config.rotary)},
                     {"pair_separators", config.pair_separators},
                     {"layer_norm_eps", config.layer_norm_eps},
                     {"activation", activation_name(config.activation)}};
  if (config.has_bottleneck()) json["bottleneck"] = write_bottleneck(config.bottleneck);
  return json;
}

Status read_encoder(const base::Json& json, const std::string& where, EncoderConfig& config) {
  base::JsonFields fields(json, where + ": encoder");
  config.family = fields.text("family");
  config.hidden_size = fields.count("hidden_size", 1, kMostRows);
  config.embedding_size = fields.count_or("embedding_size", config.hidden_size, 1, kMostRows);
  config.num_layers = fields.count("num_layers", 1, kMostRows);
  config.num_heads = fields.count("num_heads", 1, kMostRows);
  config.intermediate_size = fields.count("intermediate_size", 1, kMostRows);
  config.vocab_size = fields.count("vocab_size", 1, kMostRows);
  config.gated = fields.flag_or("gated", false);
  config.max_positions = fields.count("max_positions", 1, kMostRows);
  fields.object_or_none("rotary", [&](base::JsonFields& inner) { read_rotary(inner, config.rotary); });
  fields.object_or_none("bottleneck", [&](base::JsonFields& inner) { read_bottleneck(inner, config.bottleneck); });
  config.type_vocab_size = fields.count("type_vocab_size", 1, kMostRows);
  config.relative_buckets = fields.count_or("relative_buckets", 0, 0, kMostRows);
  config.positions = read_positions(fields, config.relative_buckets != 0);
  config.pair_separators = fields.count_or("pair_separators", 1, 0, kMostRows);
  config.layer_norm_eps = fields.positive("layer_norm_eps", 1);
  config.activation = read_activation(fields);
  if (fields.status().ok() && find_family(config.family) == nullptr) {
    fields.unsupported("family", family_names());
  }
  if (config.activation == Activation::kIdentity || config.activation == Activation::kTanh) {
    fields.unsupported("activation", "gelu, gelu_tanh, relu or silu");
  }
  refuse_unread(fields);
  if (!fields.status().ok()) return fields.status();
  return check_encoder_config(config, where + ": encoder");
}

Status read_dense(const base::Json& json, const std::string& where, ModelConfig& config) {
  if (!json.is_array()) return {Code::kCorrupt, where + ": dense is no list"};
  for (const base::Json& item : json) {
    base::JsonFields fields(item, where + ": dense");
    DenseConfig dense;
    dense.in_features = fields.count("in_features", 1, kMostFeatures);
    dense.out_features = fields.count("out_features", 1, kMostFeatures);
    dense.bias = fields.flag_or("bias", true);
    dense.activation = read_activation(fields);
    refuse_unread(fields);
    if (!fields.status().ok()) return fields.status();
    config.dense.push_back(dense);
  }
  return {};
}

base::Json write_head(const HeadConfig& head) {
  return {{"architecture", head.architecture},
          {"num_outputs", head.num_outputs},
          {"transform_size", head.transform_size},
          {"activation", activation_name(head.activation)},
          {"norm", head.norm},
          {"labels", head.labels},
          {"problem", problem_name(head.problem)},
          {"raw_scores", head.raw_scores}};
}

Task read_task(base::JsonFields& fields) {
  const std::string name = fields.text("task");
  for (const Task task : {Task::kEmbed, Task::kClassify, Task::kTag, Task::kAnswer, Task::kFill}) {
    if (name == task_name(task)) return task;
  }
  fields.unsupported("task", "embed, classify, tag, answer or fill");
  return Task::kEmbed;
}

Status read_head(const base::Json& json, const std::string& where, const EncoderConfig& encoder,
                 HeadConfig& head) {
  base::JsonFields fields(json, where + ": head");
  head.architecture = fields.text("architecture");
  head.num_outputs = fields.count("num_outputs", 1, kMostRows);
  head.transform_size = fields.count("transform_size", 0, kMostRows);
  head.activation = read_activation(fields);
  head.norm = fields.flag_or("norm", false);
  head.raw_scores = fields.flag_or("raw_scores", false);
  const std::string name = fields.text("problem");
  bool known = false;
  for (const ProblemType problem :
       {ProblemType::kSingleLabel, ProblemType::kMultiLabel, ProblemType::kRegression}) {
    if (name != problem_name(problem)) continue;
    head.problem = problem;
    known = true;
  }
  if (!known) fields.unsupported("problem", "a problem_type of transformers");
  const base::Json& labels = fields.value("labels");
  refuse_unread(fields);
  if (!fields.status().ok()) return fields.status();
  head.labels = labels.get<std::vector<std::string>>();

  const bool labelled = head.task == Task::kClassify || head.task == Task::kTag;
  const uint32_t outputs = labelled                    ? static_cast<uint32_t>(head.labels.size())
                           : head.task == Task::kAnswer ? 2
                                                        : encoder.vocab_size;
  if (head.num_outputs != outputs) {
    return {Code::kCorrupt, where + ": head: num_outputs is " + std::to_string(head.num_outputs) +
                                ", expected " + std::to_string(outputs)};
  }
  if (head.norm && head.transform_size == 0) {
    return {Code::kCorrupt, where + ": head: norm without a transform"};
  }
  return {};
}

Pooling read_pooling(base::JsonFields& fields) {
  const std::string name = fields.text("pooling");
  for (const Pooling pooling : kPoolings) {
    if (name == pooling_name(pooling)) return pooling;
  }
  fields.unsupported("pooling", "cls, mean, max, mean-sqrt-len, weighted-mean or last");
  return Pooling::kMean;
}

base::Json write_prompts(const ModelConfig& config) {
  base::Json texts = base::Json::object();
  for (const Prompt& prompt : config.prompts) texts[prompt.name] = prompt.text;
  return {{"texts", std::move(texts)}, {"default", config.default_prompt_name}};
}

// Throws what nlohmann's conversions throw.
Status read_prompts(const base::Json& json, const std::string& where, ModelConfig& config) {
  base::JsonFields fields(json, where + ": prompts");
  config.default_prompt_name = fields.text("default");
  const base::Json& texts = fields.value("texts");
  refuse_unread(fields);
  if (!fields.status().ok()) return fields.status();
  bool default_is_there = config.default_prompt_name.empty();
  for (const auto& [name, text] : texts.items()) {
    config.prompts.push_back({name, text.get<std::string>()});
    default_is_there = default_is_there || name == config.default_prompt_name;
  }
  if (default_is_there) return {};
  return {Code::kCorrupt, where + ": prompts: there is no " + config.default_prompt_name +
                              ", which is to be the default"};
}

Precision read_precision(base::JsonFields& fields) {
  const std::string name = fields.text("precision");
  for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
    if (name == precision_name(precision)) return precision;
  }
  fields.unsupported("precision", "fp32 or int8");
  return Precision::kFp32;
}

base::Json write_provenance(const Provenance& provenance) {
  base::Json tensors = base::Json::array();
  for (const SourceTensor& tensor : provenance.tensors) {
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.used});
  }
  return {{"files", provenance.source_files},
          {"sha256", provenance.sha256},
          {"calibration", provenance.calibration},
          {"tensors", std::move(tensors)},
          {"notes", provenance.notes}};
}

// Shown, never computed with: nlohmann's own conversions check the types and throw.
Provenance read_provenance(const base::Json& json) {
  Provenance provenance{.source_files = json.at("files").get<std::string>(),
                        .sha256 = json.at("sha256").get<std::string>(),
                        .calibration = json.at("calibration").get<std::string>(),
                        .tensors = {},
                        .notes = json.at("notes").get<std::vector<std::string>>()};
  for (const base::Json& tensor : json.at("tensors")) {
    provenance.tensors.push_back({tensor.at(0).get<std::string>(), tensor.at(1).get<std::string>(),
                                  tensor.at(2).get<std::vector<uint64_t>>(),
                                  tensor.at(3).get<bool>()});
  }
  return provenance;
}

}  // namespace

const char* activation_name(Activation activation) {
  for (const auto& row : kActivations) {
    if (row.activation == activation) return row.name;
  }
  return "";
}

std::string write_metadata(const Metadata& metadata) {
  const ModelConfig& config = metadata.config;
  base::Json dense = base::Json::array();
  for (const DenseConfig& module : config.dense) {
    dense.push_back({{"in_features", module.in_features},
                     {"out_features", module.out_features},
                     {"bias", module.bias},
                     {"activation", activation_name(module.activation)}});
  }
  base::Json json = {{"task", task_name(config.head.task)},
                     {"precision", precision_name(config.precision)},
                     {"encoder", write_encoder(config.encoder)},
                     {"pooling", pooling_name(config.pooling)},
                     {"dense", std::move(dense)},
                     {"normalize", config.normalize},
                     {"max_length", config.max_length},
                     {"source", write_provenance(metadata.provenance)}};
  if (!config.prompts.empty()) json["prompts"] = write_prompts(config);
  if (!config.include_prompt) json["include_prompt"] = false;
  if (config.head.task != Task::kEmbed) json["head"] = write_head(config.head);
  // A name with invalid UTF-8 can only come from a file system; it becomes U+FFFD.
  return json.dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

Result<Metadata> read_metadata(std::string_view text, const std::string& where) {
  const auto json = base::parse_json(text, where);
  if (!json.ok()) return json.status();
  Metadata metadata;
  ModelConfig& config = metadata.config;
  base::JsonFields fields(json.value(), where);
  if (!fields.status().ok()) return fields.status();
  config.head.task = read_task(fields);
  config.precision = read_precision(fields);
  config.pooling = read_pooling(fields);
  config.normalize = fields.flag_or("normalize", false);
  config.include_prompt = fields.flag_or("include_prompt", true);
  config.max_length = fields.count("max_length", 1, kMostRows);
  if (!fields.status().ok()) return fields.status();
  try {
    if (Status s = read_encoder(fields.value("encoder"), where, config.encoder); !s.ok()) return s;
    if (Status s = read_dense(fields.value("dense"), where, config); !s.ok()) return s;
    if (config.head.task != Task::kEmbed) {
      Status s = read_head(fields.value("head"), where, config.encoder, config.head);
      if (!s.ok()) return s;
    }
    if (fields.has("prompts")) {
      if (Status s = read_prompts(fields.value("prompts"), where, config); !s.ok()) return s;
    }
    metadata.provenance = read_provenance(fields.value("source"));
  } catch (const base::Json::exception& error) {
    return Status{Code::kCorrupt, where + ": " + error.what()};
  }
  refuse_unread(fields);
  if (!fields.status().ok()) return fields.status();
  return metadata;
}

}  // namespace linnet::engine
