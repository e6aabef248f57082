#include "engine/hf_modules.h"

#include "base/json_fields.h"
#include "base/mapped_file.h"

namespace linnet::engine {
namespace {

// One module of modules.json. `kind` is the last part of its type: version 2 to 5 write
// "sentence_transformers.models.Pooling", version 6 a longer path that ends in the same name.
struct Module {
  std::string kind, type, folder;
};

Result<std::vector<Module>> read_module_list(const std::string& folder) {
  const std::string path = folder + "/modules.json";
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  if (!json.value().is_array() || json.value().empty()) {
    return Status{Code::kCorrupt, path + ": expected a list of modules"};
  }
  std::vector<Module> modules;
  for (size_t i = 0; i < json.value().size(); ++i) {
    base::JsonFields fields(json.value()[i], path + ": module " + std::to_string(i));
    Module module;
    module.type = fields.text("type");
    const std::string place = fields.text_or("path", "");
    if (!fields.status().ok()) return fields.status();
    if (module.type.rfind("sentence_transformers.", 0) != 0) {
      return Status{Code::kUnsupported, path + ": module " + std::to_string(i) + " is of type " +
                                            module.type + ", code that comes with the model"};
    }
    module.kind = module.type.substr(module.type.rfind('.') + 1);
    module.folder = place.empty() ? folder : folder + "/" + place;
    modules.push_back(std::move(module));
  }
  return modules;
}

Status read_pooling(const std::string& folder, HfModules& modules) {
  const std::string path = folder + "/config.json";
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);
  modules.include_prompt = fields.flag_or("include_prompt", true);

  const struct {
    const char* flag;  // versions 2 to 5: one true among them
    const char* mode;  // version 6: pooling_mode
    Pooling pooling;
  } kModes[] = {
      {"pooling_mode_cls_token", "cls", Pooling::kCls},
      {"pooling_mode_mean_tokens", "mean", Pooling::kMean},
      {"pooling_mode_max_tokens", "max", Pooling::kMax},
      {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Pooling::kMeanSqrtLen},
      {"pooling_mode_weightedmean_tokens", "weightedmean", Pooling::kWeightedMean},
      {"pooling_mode_lasttoken", "lasttoken", Pooling::kLast},
  };
  std::vector<std::string> chosen;
  if (fields.has("pooling_mode")) {
    chosen.push_back(fields.text("pooling_mode"));
  } else {
    for (const auto& mode : kModes) {
      if (fields.flag_or(mode.flag, false)) chosen.push_back(mode.mode);
    }
    if (chosen.empty()) chosen.push_back("mean");  // Pooling's own default
  }
  if (!fields.status().ok()) return fields.status();
  std::string names;
  for (const std::string& name : chosen) names += (names.empty() ? "" : " + ") + name;
  for (const auto& mode : kModes) {
    if (chosen.size() == 1 && chosen[0] == mode.mode) {
      modules.pooling = mode.pooling;
      return {};
    }
  }
  return {Code::kUnsupported,
          path + ": the pooling mode is " + names +
              ", expected one of cls, mean, max, mean_sqrt_len_tokens, weightedmean, lasttoken"};
}

Status read_dense(const std::string& folder, HfModules& modules) {
  const std::string path = folder + "/config.json";
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);
  DenseConfig dense;
  dense.in_features = fields.count("in_features", 1, kMostFeatures);
  dense.out_features = fields.count("out_features", 1, kMostFeatures);
  dense.bias = fields.flag_or("bias", true);
  const std::string activation =
      fields.text_or("activation_function", "torch.nn.modules.activation.Tanh");
  if (activation == "torch.nn.modules.activation.Tanh") {
    dense.activation = Activation::kTanh;
  } else if (activation == "torch.nn.modules.linear.Identity") {
    dense.activation = Activation::kIdentity;
  } else {
    fields.unsupported("activation_function", "Tanh or Identity of torch.nn");
  }
  for (const char* name : {"module_input_name", "module_output_name"}) {
    if (fields.text_or(name, "sentence_embedding") != "sentence_embedding") {
      fields.unsupported(name, "\"sentence_embedding\"");
    }
  }
  modules.dense.push_back(dense);
  modules.dense_folders.push_back(folder);
  return fields.status();
}

// sentence_bert_config.json beside the transformer.
Status read_transformer_settings(HfModules& modules) {
  const std::string path = modules.transformer_folder + "/sentence_bert_config.json";
  if (!base::exists(path)) return {};
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);
  if (fields.has("max_seq_length")) {
    modules.max_length = fields.count("max_seq_length", 1, kMostRows);
  }
  modules.lowercase_first = fields.flag_or("do_lower_case", false);
  if (fields.text_or("transformer_task", "feature-extraction") != "feature-extraction") {
    fields.unsupported("transformer_task", "\"feature-extraction\"");
  }
  if (fields.text_or("module_output_name", "token_embeddings") != "token_embeddings") {
    fields.unsupported("module_output_name", "\"token_embeddings\"");
  }
  return fields.status();
}

// config_sentence_transformers.json: prompts. One that is null is empty, as in the reference.
Status read_prompts(const std::string& folder, HfModules& modules) {
  const std::string path = folder + "/config_sentence_transformers.json";
  if (!base::exists(path)) return {};
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  base::JsonFields fields(json.value(), path);
  modules.default_prompt_name = fields.text_or("default_prompt_name", "");
  if (fields.text_or("model_type", "SentenceTransformer") != "SentenceTransformer") {
    fields.unsupported("model_type", "\"SentenceTransformer\"");
  }
  if (!fields.status().ok()) return fields.status();
  bool default_is_there = modules.default_prompt_name.empty();
  if (fields.has("prompts")) {
    const base::Json& prompts = json.value()["prompts"];
    if (!prompts.is_object()) return {Code::kCorrupt, path + ": prompts is no object"};
    for (const auto& [name, prompt] : prompts.items()) {
      if (!prompt.is_string() && !prompt.is_null()) {
        return {Code::kCorrupt, path + ": prompts: " + name + " is " + prompt.dump() + ", expected a string"};
      }
      modules.prompts.push_back({name, prompt.is_null() ? "" : prompt.get<std::string>()});
      default_is_there = default_is_there || name == modules.default_prompt_name;
    }
  }
  if (default_is_there) return {};
  return {Code::kCorrupt, path + ": default_prompt_name is \"" + modules.default_prompt_name +
                              "\", expected the name of one of prompts"};
}

}  // namespace

Result<HfModules> read_hf_modules(const std::string& folder) {
  HfModules modules;
  modules.transformer_folder = folder;
  if (!base::exists(folder + "/modules.json")) {
    modules.notes.push_back("No modules.json: mean pooling, not normalized.");
  } else {
    const auto list = read_module_list(folder);
    if (!list.ok()) return list.status();
    const std::string where = folder + "/modules.json";
    bool pooled = false;
    for (size_t i = 0; i < list.value().size(); ++i) {
      const Module& module = list.value()[i];
      Status status;
      if (i == 0 && module.kind == "Transformer") {
        modules.transformer_folder = module.folder;
      } else if (i == 1 && module.kind == "Pooling") {
        pooled = true;
        status = read_pooling(module.folder, modules);
      } else if (pooled && module.kind == "Dense" && !modules.normalize) {
        status = read_dense(module.folder, modules);
      } else if (pooled && module.kind == "Normalize") {
        modules.normalize = true;
      } else {
        status = {Code::kUnsupported, where + ": module " + std::to_string(i) + " is " +
                                          module.type +
                                          ", expected Transformer, Pooling, any Dense, Normalize"};
      }
      if (!status.ok()) return status;
    }
    if (!pooled) return Status{Code::kUnsupported, where + ": has no Pooling module"};
  }
  if (Status status = read_transformer_settings(modules); !status.ok()) return status;
  if (Status status = read_prompts(folder, modules); !status.ok()) return status;
  return modules;
}

}  // namespace linnet::engine
