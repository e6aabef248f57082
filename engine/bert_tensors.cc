#include "engine/bert_tensors.h"

#include <map>
#include <set>

namespace linnet::engine {
namespace {

// A size in a tensor's shape, by its meaning. kNone: the tensor is a vector.
enum class Dim { kNone, kHidden, kIntermediate, kVocab, kPositions, kTypes };

// One tensor of the checkpoint, without the prefix "bert.". {l} is the layer.
struct Row {
  const char* source;
  const char* old_source;  // its name before transformers 2.0; null: the same
  Dim rows, cols;          // torch's shape: [rows, cols] or [cols]
  const char* target;
  Layout layout;
  uint32_t part = 0, parts = 1;  // several sources stacked into one target
};

constexpr Row kEmbeddings[] = {
    {"embeddings.word_embeddings.weight", nullptr, Dim::kVocab, Dim::kHidden, "embeddings.word",
     Layout::kRows},
    {"embeddings.position_embeddings.weight", nullptr, Dim::kPositions, Dim::kHidden,
     "embeddings.position", Layout::kRows},
    {"embeddings.token_type_embeddings.weight", nullptr, Dim::kTypes, Dim::kHidden,
     "embeddings.token_type", Layout::kRows},
    {"embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma", Dim::kNone, Dim::kHidden,
     "embeddings.norm.weight", Layout::kVector},
    {"embeddings.LayerNorm.bias", "embeddings.LayerNorm.beta", Dim::kNone, Dim::kHidden,
     "embeddings.norm.bias", Layout::kVector},
};

constexpr Row kLayer[] = {
    {"encoder.layer.{l}.attention.self.query.weight", nullptr, Dim::kHidden, Dim::kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 0, 3},
    {"encoder.layer.{l}.attention.self.key.weight", nullptr, Dim::kHidden, Dim::kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 1, 3},
    {"encoder.layer.{l}.attention.self.value.weight", nullptr, Dim::kHidden, Dim::kHidden,
     "layers.{l}.qkv.weight", Layout::kPanels, 2, 3},
    {"encoder.layer.{l}.attention.self.query.bias", nullptr, Dim::kNone, Dim::kHidden,
     "layers.{l}.qkv.bias", Layout::kVector, 0, 3},
    {"encoder.layer.{l}.attention.self.key.bias", nullptr, Dim::kNone, Dim::kHidden,
     "layers.{l}.qkv.bias", Layout::kVector, 1, 3},
    {"encoder.layer.{l}.attention.self.value.bias", nullptr, Dim::kNone, Dim::kHidden,
     "layers.{l}.qkv.bias", Layout::kVector, 2, 3},
    {"encoder.layer.{l}.attention.output.dense.weight", nullptr, Dim::kHidden, Dim::kHidden,
     "layers.{l}.attention_output.weight", Layout::kPanels},
    {"encoder.layer.{l}.attention.output.dense.bias", nullptr, Dim::kNone, Dim::kHidden,
     "layers.{l}.attention_output.bias", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.weight",
     "encoder.layer.{l}.attention.output.LayerNorm.gamma", Dim::kNone, Dim::kHidden,
     "layers.{l}.attention_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.attention.output.LayerNorm.bias",
     "encoder.layer.{l}.attention.output.LayerNorm.beta", Dim::kNone, Dim::kHidden,
     "layers.{l}.attention_norm.bias", Layout::kVector},
    {"encoder.layer.{l}.intermediate.dense.weight", nullptr, Dim::kIntermediate, Dim::kHidden,
     "layers.{l}.ffn_up.weight", Layout::kPanels},
    {"encoder.layer.{l}.intermediate.dense.bias", nullptr, Dim::kNone, Dim::kIntermediate,
     "layers.{l}.ffn_up.bias", Layout::kVector},
    {"encoder.layer.{l}.output.dense.weight", nullptr, Dim::kHidden, Dim::kIntermediate,
     "layers.{l}.ffn_down.weight", Layout::kPanels},
    {"encoder.layer.{l}.output.dense.bias", nullptr, Dim::kNone, Dim::kHidden,
     "layers.{l}.ffn_down.bias", Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.weight", "encoder.layer.{l}.output.LayerNorm.gamma",
     Dim::kNone, Dim::kHidden, "layers.{l}.output_norm.weight", Layout::kVector},
    {"encoder.layer.{l}.output.LayerNorm.bias", "encoder.layer.{l}.output.LayerNorm.beta",
     Dim::kNone, Dim::kHidden, "layers.{l}.output_norm.bias", Layout::kVector},
};

// Known, and not needed for embeddings: the pooler (pooling does not read it), and the heads of other
// tasks. Prefixes, after "bert." is taken off.
constexpr const char* kUnused[] = {"pooler.dense.", "cls.predictions.", "cls.seq_relationship.",
                                   "classifier.", "qa_outputs."};
// 0, 1, 2..., which old versions of transformers stored with the weights.
constexpr const char* kPositionIds = "embeddings.position_ids";

std::string with_layer(std::string name, uint32_t layer) {
  const size_t at = name.find("{l}");
  return at == std::string::npos ? name : name.replace(at, 3, std::to_string(layer));
}

// Looks tensors up by name and lays down the plan; keeps the first failure.
class Planner {
 public:
  Planner(const EncoderConfig& config, const std::vector<const RawTensor*>& tensors,
          const std::string& folder)
      : config_(config), folder_(folder) {
    for (const RawTensor* tensor : tensors) by_name_[tensor->name] = tensor;
    prefix_ = by_name_.contains("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  }

  void place(const Row& row, uint32_t layer) {
    if (!status_.ok()) return;
    const std::string name = prefix_ + with_layer(row.source, layer);
    const RawTensor* tensor = find(name);
    if (tensor == nullptr && row.old_source != nullptr) {
      tensor = find(prefix_ + with_layer(row.old_source, layer));
    }
    const uint64_t rows = size(row.rows), cols = size(row.cols);
    const std::vector<uint64_t> expected =
        row.rows == Dim::kNone ? std::vector{cols} : std::vector{rows, cols};
    if (tensor == nullptr) {
      status_ = {Code::kCorrupt, folder_ + ": tensor " + name + " is missing, expected " +
                                     shape_text(expected)};
      return;
    }
    if (tensor->shape != expected) {
      status_ = {Code::kCorrupt, tensor->file + ": tensor " + tensor->name + " has shape " +
                                     shape_text(tensor->shape) + ", expected " +
                                     shape_text(expected) + " by config.json"};
      return;
    }
    used_.insert(tensor->name);
    const bool vector = row.rows == Dim::kNone;
    if (row.part == 0) {
      plan_.targets.push_back({.name = with_layer(row.target, layer),
                               .layout = row.layout,
                               .rows = vector ? 1 : rows * row.parts,
                               .cols = vector ? cols * row.parts : cols});
      target_index_[plan_.targets.back().name] = plan_.targets.size() - 1;
    }
    plan_.placements.push_back({.source = tensor,
                                .target = target_index_.at(with_layer(row.target, layer)),
                                .row_begin = row.part * (vector ? cols : rows)});
  }

  // Every tensor that no row asked for must be known.
  void account_for_all() {
    for (const auto& [name, tensor] : by_name_) {
      if (!status_.ok()) return;
      const bool used = used_.contains(name);
      if (!used && !known_unused(name, tensor->dtype)) {
        status_ = {Code::kUnsupported, tensor->file + ": tensor " + name + " " +
                                           tensor->dtype + " " + shape_text(tensor->shape) +
                                           " is not part of a BERT encoder with " +
                                           std::to_string(config_.num_layers) + " layers"};
      }
      plan_.sources.push_back({name, tensor->dtype, tensor->shape, used});
    }
  }

  Result<TensorPlan> finish() {
    if (!status_.ok()) return status_;
    return std::move(plan_);
  }

 private:
  const RawTensor* find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  uint64_t size(Dim dim) const {
    switch (dim) {
      case Dim::kHidden:
        return config_.hidden_size;
      case Dim::kIntermediate:
        return config_.intermediate_size;
      case Dim::kVocab:
        return config_.vocab_size;
      case Dim::kPositions:
        return config_.max_positions;
      case Dim::kTypes:
        return config_.type_vocab_size;
      case Dim::kNone:
        break;
    }
    return 1;
  }

  bool known_unused(std::string name, const std::string& dtype) const {
    if (name.rfind("bert.", 0) == 0) name.erase(0, 5);
    if (name == kPositionIds) return dtype[0] == 'I' || dtype[0] == 'U';
    for (const char* prefix : kUnused) {
      if (name.rfind(prefix, 0) == 0) return true;
    }
    return false;
  }

  const EncoderConfig& config_;
  const std::string& folder_;
  std::map<std::string, const RawTensor*> by_name_;
  std::string prefix_;
  std::set<std::string> used_;
  std::map<std::string, size_t> target_index_;
  TensorPlan plan_;
  Status status_;
};

}  // namespace

Result<TensorPlan> plan_bert_tensors(const EncoderConfig& config, const HfWeights& weights,
                                     const std::string& folder) {
  Planner planner(config, weights.tensors(), folder);
  for (const Row& row : kEmbeddings) planner.place(row, 0);
  for (uint32_t layer = 0; layer < config.num_layers; ++layer) {
    for (const Row& row : kLayer) planner.place(row, layer);
  }
  planner.account_for_all();
  return planner.finish();
}

Status plan_dense_tensors(const DenseConfig& dense, size_t index, const SafetensorsFile& file,
                          TensorPlan& plan) {
  const std::string target = "dense." + std::to_string(index);
  const std::vector<uint64_t> weight_shape = {dense.out_features, dense.in_features};
  const std::vector<uint64_t> bias_shape = {dense.out_features};
  bool has_weight = false, has_bias = false;
  for (const RawTensor& tensor : file.tensors) {
    const bool is_weight = tensor.name == "linear.weight", is_bias = tensor.name == "linear.bias";
    if (!is_weight && !(is_bias && dense.bias)) {
      return {Code::kUnsupported, file.path + ": tensor " + tensor.name +
                                      " is not part of this Dense module"};
    }
    const std::vector<uint64_t>& expected = is_weight ? weight_shape : bias_shape;
    if (tensor.shape != expected) {
      return {Code::kCorrupt, file.path + ": tensor " + tensor.name + " has shape " +
                                  shape_text(tensor.shape) + ", expected " + shape_text(expected) +
                                  " by the module's config.json"};
    }
    (is_weight ? has_weight : has_bias) = true;
    plan.targets.push_back(
        {.name = target + (is_weight ? ".weight" : ".bias"),
         .layout = is_weight ? Layout::kPanels : Layout::kVector,
         .rows = is_weight ? uint64_t{dense.out_features} : 1,
         .cols = is_weight ? uint64_t{dense.in_features} : uint64_t{dense.out_features}});
    plan.placements.push_back({&tensor, plan.targets.size() - 1, 0});
    plan.sources.push_back({target + "." + tensor.name, tensor.dtype, tensor.shape, true});
  }
  if (!has_weight || (dense.bias && !has_bias)) {
    return {Code::kCorrupt, file.path + ": tensor " +
                                (has_weight ? "linear.bias" : "linear.weight") +
                                " is missing, expected " +
                                shape_text(has_weight ? bias_shape : weight_shape)};
  }
  return {};
}

}  // namespace linnet::engine
