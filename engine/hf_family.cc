// The families, and what their config.json have in common.
#include "base/json_fields.h"
#include "engine/family.h"

namespace linnet::engine {
namespace {

const Family* const* all_families(size_t& count) {
  static const Family* const kFamilies[] = {&bert_family(), &distilbert_family(), &electra_family(),
                                            &mpnet_family(), &nomic_family(), &jina_family(),
                                            &mobilebert_family(), &gte_family()};
  count = std::size(kFamilies);
  return kFamilies;
}

}  // namespace

const Family* find_family(const std::string& name) {
  size_t count = 0;
  const Family* const* families = all_families(count);
  for (size_t i = 0; i < count; ++i) {
    if (families[i]->name == name) return families[i];
  }
  return nullptr;
}

const Family* find_family(const std::string& model_type, const std::string& position_embedding_type) {
  size_t count = 0;
  const Family* const* families = all_families(count);
  const Family* first = nullptr;
  for (size_t i = 0; i < count; ++i) {
    if (families[i]->model_type != model_type) continue;
    if (families[i]->position_embedding_type == position_embedding_type) return families[i];
    if (first == nullptr) first = families[i];
  }
  return first;
}

std::string position_embedding_types(const std::string& model_type) {
  size_t count = 0;
  const Family* const* families = all_families(count);
  std::string types;
  for (size_t i = 0; i < count; ++i) {
    if (families[i]->model_type != model_type) continue;
    types += (types.empty() ? "\"" : " or \"") + std::string(families[i]->position_embedding_type) + "\"";
  }
  return types;
}

std::string family_names() {
  size_t count = 0;
  const Family* const* families = all_families(count);
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    names += (i > 0 ? ", " : "") + std::string(families[i]->name);
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
