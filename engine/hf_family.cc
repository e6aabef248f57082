// The families, and what their config.json have in common.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

std::span<const Family* const> all_families() {
  static const Family* const kFamilies[] = {&bert_family(), &distilbert_family(), &electra_family(),
                                            &mpnet_family(), &nomic_family(), &jina_family(),
                                            &mobilebert_family(), &gte_family()};
  return kFamilies;
}

}  // namespace

const Family* find_family(const std::string& name) {
  for (const Family* family : all_families()) {
    if (family->name == name) return family;
  }
  return nullptr;
}

const Family* find_family(const std::string& model_type, const std::string& position_embedding_type) {
  const Family* first = nullptr;
  for (const Family* family : all_families()) {
    if (family->model_type != model_type) continue;
    if (family->position_embedding_type == position_embedding_type) return family;
    if (first == nullptr) first = family;
  }
  return first;
}

std::string position_embedding_types(const std::string& model_type) {
  std::string types;
  for (const Family* family : all_families()) {
    if (family->model_type != model_type) continue;
    types += (types.empty() ? "\"" : " or \"") + std::string(family->position_embedding_type) + "\"";
  }
  return types;
}

std::string family_names() {
  std::string names;
  for (const Family* family : all_families()) {
    names += (names.empty() ? "" : ", ") + std::string(family->name);
  }
  return names;
}

void read_sizes(base::JsonFields& fields, const SizeNames& names, EncoderConfig& config) {
  config.hidden_size = fields.count(names.hidden, 1, kMostFeatures);
  config.embedding_size = config.hidden_size;
  config.num_layers = fields.count(names.layers, 1, kMostLayers);
  config.num_heads = fields.count(names.heads, 1, kMostFeatures);
  config.intermediate_size =
      names.intermediate == nullptr ? 4 * config.hidden_size : fields.count(names.intermediate, 1, kMostFeatures);
  config.max_positions = fields.count(names.positions, 1, names.most_positions);
}

void expect_flag(base::JsonFields& fields, const char* name, bool expected) {
  if (fields.flag_or(name, expected) != expected) fields.unsupported(name, expected ? "true" : "false");
}

Activation read_activation(base::JsonFields& fields, const char* name) {
  const std::string value = fields.text_or(name, "gelu");
  if (value == "gelu") return Activation::kGelu;
  if (value == "gelu_new" || value == "gelu_fast" || value == "gelu_pytorch_tanh") {
    return Activation::kGeluTanh;  // three ways to compute one function
  }
  if (value == "relu") return Activation::kRelu;
  if (value == "silu" || value == "swish") return Activation::kSilu;
  fields.unsupported(name, "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu or silu");
  return Activation::kGelu;
}

}  // namespace linnet::engine
