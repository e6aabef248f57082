#include "engine/tensor_plan.h"

#include <map>
#include <set>

namespace linnet::engine {
namespace {

// 0, 1, 2..., which old versions of transformers stored with the weights.
constexpr const char* kPositionIds = "embeddings.position_ids";

std::string replaced(std::string name, std::string_view mark, const std::string& by) {
  const size_t at = name.find(mark);
  return at == std::string::npos ? name : name.replace(at, mark.size(), by);
}

// What "{l}" and "{f}" in a name stand for.
struct Numbers {
  uint32_t layer = 0, feed_forward = 0;
};
std::string numbered(std::string name, Numbers numbers) {
  name = replaced(std::move(name), "{l}", std::to_string(numbers.layer));
  return replaced(std::move(name), "{f}", std::to_string(numbers.feed_forward));
}
// "encoder.layer.11.ffn.0.x" -> "encoder.layer.{l}.ffn.0.x"
std::string without_layer(std::string name) {
  constexpr const char* kDigits = "0123456789";
  const size_t begin = name.find_first_of(kDigits);
  if (begin == name.npos) return name;
  return name.replace(begin, name.find_first_not_of(kDigits, begin) - begin, "{l}");
}

// Looks tensors up by name and lays down the plan; keeps the first failure.
class Planner {
 public:
  Planner(const Family& family, const ModelConfig& config,
          const std::vector<const RawTensor*>& tensors, const std::string& folder)
      : family_(family), config_(config.encoder), head_(config.head), folder_(folder) {
    for (const RawTensor* tensor : tensors) by_name_[tensor->name] = tensor;
    for (const char* prefix : {family.prefix, family.old_prefix}) {
      if (prefix == nullptr || !prefix_.empty()) continue;
      if (by_name_.contains(prefix + std::string("embeddings.word_embeddings.weight"))) prefix_ = prefix;
    }
  }

  // Whether the last matrix of the head is that of the word embeddings, all of it.
  bool is_tied(const HeadTable& head, bool tied) const {
    for (const TensorRow& row : head.rows) {
      if (row.old_source == nullptr || row.old_source[0] != '{') continue;
      const std::string words = replaced(row.old_source, "{base}", prefix_);
      const bool own = !tied && find(replaced(row.source, "{base}", prefix_)) != nullptr;
      return !own && row.parts == 1 && size(row.cols) == config_.embedding_size && find(words) != nullptr;
    }
    return false;
  }

  // Whether the checkpoint has any tensor of the head's own.
  bool has_head(const HeadTable& head) const {
    for (const TensorRow& row : head.rows) {
      if (row.source[0] != '{' && find(row.source) != nullptr) return true;
    }
    return false;
  }

  void place_encoder(const TensorRow& row, uint32_t layer) {
    if (row.when != nullptr && !row.when(config_)) return;
    const bool each = std::string_view(row.target).find("{f}") != std::string_view::npos;
    const uint32_t times = each ? config_.bottleneck.feed_forwards - 1 : 1;
    for (uint32_t f = 0; f < times; ++f) place_encoder(row, Numbers{layer, f});
  }

  void place_head(const TensorRow& row, bool tied) {
    std::string name = replaced(row.source, "{base}", prefix_), old;
    if (row.old_source != nullptr) old = replaced(row.old_source, "{base}", prefix_);
    // The word embeddings stand second in the table; where the two are tied they are what counts.
    if (tied && row.old_source != nullptr && row.old_source[0] == '{') std::swap(name, old);
    place(row, Numbers{}, name, old);
  }

  // Every tensor that no row asked for must be known.
  void account_for_all() {
    for (const auto& [name, tensor] : by_name_) {
      if (!status_.ok()) return;
      const bool used = used_.contains(name);
      if (!used && !known_unused(name, tensor->dtype)) {
        status_ = {Code::kUnsupported, tensor->file + ": tensor " + name + " " +
                                           tensor->dtype + " " + shape_text(tensor->shape) +
                                           " is not part of a " + family_.name +
                                           " encoder with " + std::to_string(config_.num_layers) +
                                           " layers"};
      }
      plan_.sources.push_back({name, tensor->dtype, tensor->shape, used});
    }
  }

  Result<TensorPlan> finish() {
    if (!status_.ok()) return status_;
    return std::move(plan_);
  }

 private:
  void place_encoder(const TensorRow& row, Numbers numbers) {
    if (row.source == nullptr) return add_target(row, numbers, size(row.rows), size(row.cols));
    const std::string old = row.old_source == nullptr ? "" : prefix_ + numbered(row.old_source, numbers);
    place(row, numbers, prefix_ + numbered(row.source, numbers), old);
  }

  // A row's tensor, under `name` or else `old`, into its place.
  void place(const TensorRow& row, Numbers numbers, const std::string& name, const std::string& old) {
    if (!status_.ok()) return;
    const RawTensor* tensor = find(name);
    if (tensor == nullptr && !old.empty()) tensor = find(old);
    const uint64_t rows = size(row.rows), cols = size(row.cols);
    const bool vector = row.rows == Dim::kNone;
    const std::vector<uint64_t> expected =
        vector ? std::vector{cols} : std::vector{rows + row.skip_rows, cols};
    if (tensor == nullptr) {
      status_ = {Code::kCorrupt,
                 folder_ + ": tensor " + name + " is missing, expected " + shape_text(expected)};
      return;
    }
    if (tensor->shape != expected) {
      status_ = {Code::kCorrupt, tensor->file + ": tensor " + tensor->name + " has shape " +
                                     shape_text(tensor->shape) + ", expected " +
                                     shape_text(expected) + " by config.json"};
      return;
    }
    used_.insert(tensor->name);
    if (row.part == 0) add_target(row, numbers, rows, cols);
    Placement placement = {.source = tensor,
                           .target = target_index_.at(numbered(row.target, numbers)),
                           .row_begin = row.part * (vector ? cols : rows),
                           .skip_rows = row.skip_rows,
                           .swap_halves = row.swap_halves};
    if (row.target_cols != Dim::kNone) {
      placement.row_begin = 0;
      placement.transposed = row.part > 0;
      placement.col_begin = placement.transposed ? size(row.target_cols) - rows : 0;
    }
    plan_.placements.push_back(placement);
  }

  void add_target(const TensorRow& row, Numbers numbers, uint64_t rows, uint64_t cols) {
    const bool vector = row.rows == Dim::kNone, side_by_side = row.target_cols != Dim::kNone;
    plan_.targets.push_back({.name = numbered(row.target, numbers),
                             .layout = row.layout,
                             .rows = vector ? 1 : side_by_side ? rows : rows * row.parts,
                             .cols = vector ? cols * row.parts : side_by_side ? size(row.target_cols) : cols});
    target_index_[plan_.targets.back().name] = plan_.targets.size() - 1;
  }

  const RawTensor* find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  uint64_t size(Dim dim) const {
    switch (dim) {
      case Dim::kHidden:
        return config_.hidden_size;
      case Dim::kEmbedding:
        return config_.embedding_size;
      case Dim::kIntermediate:
        return config_.intermediate_size;
      case Dim::kQkv:
        return 3 * uint64_t{config_.hidden_size};
      case Dim::kGateAndUp:
        return 2 * uint64_t{config_.intermediate_size};
      case Dim::kBottleneck:
        return config_.bottleneck.size;
      case Dim::kProjected:
        return config_.projected_size();
      case Dim::kBesideEmbedding:
        return config_.hidden_size - config_.embedding_size;
      case Dim::kVocab:
        return config_.vocab_size;
      case Dim::kPositions:
        return config_.max_positions;
      case Dim::kTypes:
        return config_.type_vocab_size;
      case Dim::kHeads:
        return config_.num_heads;
      case Dim::kBuckets:
        return config_.relative_buckets;
      case Dim::kTransform:
        return head_.transform_size;
      case Dim::kOutputs:
        return head_.num_outputs;
      case Dim::kNone:
        break;
    }
    return 1;
  }

  bool known_unused(std::string name, const std::string& dtype) const {
    const std::string base = prefix_.empty() ? family_.prefix : prefix_;
    if (name.rfind(base, 0) == 0) name.erase(0, base.size());
    if (name == kPositionIds) return dtype[0] == 'I' || dtype[0] == 'U';
    name = without_layer(std::move(name));
    for (const char* prefix : family_.unused) {
      if (name.rfind(prefix, 0) == 0) return true;
    }
    return false;
  }

  const Family& family_;
  const EncoderConfig& config_;
  const HeadConfig& head_;
  const std::string& folder_;
  std::map<std::string, const RawTensor*> by_name_;
  std::string prefix_;
  std::set<std::string> used_;
  std::map<std::string, size_t> target_index_;
  TensorPlan plan_;
  Status status_;
};

// Of the architecture that config.json names; null: the family has no such head.
const HeadTable* find_head(const Family& family, const HeadConfig& config) {
  const bool transform = config.transform_size > 0;
  for (const HeadTable& head : family.heads) {
    if (config.architecture == head.architecture && transform == (head.transform != Dim::kNone)) return &head;
  }
  return nullptr;
}

}  // namespace

Result<TensorPlan> plan_tensors(const Family& family, ModelConfig& config, bool tied,
                                const HfWeights& weights, const std::string& folder,
                                std::vector<std::string>& notes) {
  Planner planner(family, config, weights.tensors(), folder);
  const HeadTable* head = find_head(family, config.head);
  if (head != nullptr && !planner.has_head(*head)) {
    notes.push_back("config.json says " + config.head.architecture +
                    ", but the weights have no such head: the model embeds, and no more.");
    config.head = {};
    head = nullptr;
  }
  const bool one_matrix = head != nullptr && planner.is_tied(*head, tied);
  for (const TensorRow& row : family.embeddings) {
    const bool there_already = one_matrix && std::string_view(row.target) == "embeddings.word";
    if (!there_already) planner.place_encoder(row, 0);
  }
  for (uint32_t layer = 0; layer < config.encoder.num_layers; ++layer) {
    for (const TensorRow& row : family.layer) planner.place_encoder(row, layer);
  }
  if (head != nullptr) {
    for (const TensorRow& row : head->rows) planner.place_head(row, tied);
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
    has_weight = has_weight || is_weight;
    has_bias = has_bias || is_bias;
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
