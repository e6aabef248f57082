#include "engine/hf_head.h"

namespace linnet::engine {
namespace {

constexpr uint32_t kMostLabels = 65536;

// id2label: {"0": "NEG", "1": "POS"}; without it transformers names them LABEL_0, LABEL_1 and so on.
Status read_labels(const base::Json& config, const std::string& path, HeadConfig& head) {
  base::JsonFields fields(config, path);
  const auto given = config.find("id2label");
  if (given == config.end() || given->is_null()) {
    const uint32_t count = fields.count_or("num_labels", 2, 1, kMostLabels);
    for (uint32_t i = 0; i < count; ++i) head.labels.push_back("LABEL_" + std::to_string(i));
    return fields.status();
  }
  if (!given->is_object() || given->empty() || given->size() > kMostLabels) {
    return {Code::kCorrupt, path + ": id2label is no object of 1 to " + std::to_string(kMostLabels) +
                                " labels"};
  }
  for (size_t i = 0; i < given->size(); ++i) {
    const auto label = given->find(std::to_string(i));
    if (label == given->end() || !label->is_string()) {
      return {Code::kCorrupt, path + ": id2label has " + std::to_string(given->size()) +
                                  " entries and none for \"" + std::to_string(i) +
                                  "\" that is a string"};
    }
    head.labels.push_back(label->get<std::string>());
  }
  return {};
}

Status read_problem(const base::Json& config, const std::string& path, HeadConfig& head) {
  base::JsonFields fields(config, path);
  const std::string name = fields.text_or("problem_type", "");
  const ProblemType by_default =
      head.num_outputs == 1 ? ProblemType::kMultiLabel : ProblemType::kSingleLabel;
  head.problem = by_default;
  if (!name.empty()) {
    bool known = false;
    for (const ProblemType problem :
         {ProblemType::kSingleLabel, ProblemType::kMultiLabel, ProblemType::kRegression}) {
      if (name != problem_name(problem)) continue;
      known = true;
      // One output cannot compete with others: the reference takes its sigmoid.
      head.problem = problem == ProblemType::kSingleLabel ? by_default : problem;
    }
    if (!known) {
      fields.unsupported("problem_type", "single_label_classification, multi_label_classification or "
                                         "regression");
    }
  }
  // What sentence-transformers' CrossEncoder applies, under its old name and its new one.
  std::string function = fields.text_or("sbert_ce_default_activation_function", "");
  const auto nested = config.find("sentence_transformers");
  if (nested != config.end() && nested->is_object()) {
    base::JsonFields cross_encoder(*nested, path + ": sentence_transformers");
    function = cross_encoder.text_or("activation_fn", function);
    if (!cross_encoder.status().ok()) return cross_encoder.status();
  }
  if (!fields.status().ok() || function.empty()) return fields.status();
  const std::string kind = function.substr(function.rfind('.') + 1);
  if (kind != "Identity" && kind != "Sigmoid") {
    return {Code::kUnsupported, path + ": the activation function is " + function +
                                    ", expected Identity or Sigmoid of torch.nn"};
  }
  head.raw_scores = kind == "Identity";
  return {};
}

}  // namespace

Result<HeadConfig> read_hf_head(const base::Json& config, const std::string& path,
                                const Family& family, const EncoderConfig& encoder) {
  const auto architectures = config.find("architectures");
  HeadConfig head;
  if (architectures == config.end() || !architectures->is_array() || architectures->empty() ||
      !(*architectures)[0].is_string()) {
    return head;
  }
  const auto name = (*architectures)[0].get<std::string>();
  base::JsonFields fields(config, path);
  for (const HeadTable& table : family.heads) {
    if (name != table.architecture) continue;
    if (table.only_with != nullptr && !fields.flag_or(table.only_with, true)) continue;
    if (!fields.status().ok()) return fields.status();
    head.task = table.task;
    head.architecture = name;
    head.activation = table.activation.value_or(encoder.activation);
    head.norm = table.norm;
    head.transform_size = table.transform == Dim::kHidden      ? encoder.hidden_size
                          : table.transform == Dim::kEmbedding ? encoder.embedding_size
                                                               : 0;
    Status status;
    if (head.task == Task::kClassify || head.task == Task::kTag) {
      status = read_labels(config, path, head);
      head.num_outputs = static_cast<uint32_t>(head.labels.size());
    } else {
      head.num_outputs = head.task == Task::kFill ? encoder.vocab_size : 2;
    }
    if (status.ok() && head.task == Task::kClassify) status = read_problem(config, path, head);
    if (!status.ok()) return status;
    return head;
  }
  return head;
}

}  // namespace linnet::engine
