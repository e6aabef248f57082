// The plain data that `inspect` and callers see of a model.

#include "engine/embedding_head.h"
#include "engine/metadata.h"
#include "engine/model_impl.h"

namespace linnet {

const char* pooling_name(Pooling pooling) {
  switch (pooling) {
    case Pooling::kCls:
      return "cls";
    case Pooling::kMean:
      return "mean";
    case Pooling::kMax:
      return "max";
    case Pooling::kMeanSqrtLen:
      return "mean-sqrt-len";
    case Pooling::kWeightedMean:
      return "weighted-mean";
    case Pooling::kLast:
      return "last";
  }
  return "unknown";
}

const char* task_name(Task task) {
  switch (task) {
    case Task::kEmbed:
      return "embed";
    case Task::kClassify:
      return "classify";
    case Task::kTag:
      return "tag";
    case Task::kAnswer:
      return "answer";
    case Task::kFill:
      return "fill";
  }
  return "unknown";
}

const char* problem_name(ProblemType problem) {
  switch (problem) {
    case ProblemType::kSingleLabel:
      return "single_label_classification";
    case ProblemType::kMultiLabel:
      return "multi_label_classification";
    case ProblemType::kRegression:
      return "regression";
  }
  return "unknown";
}

const char* precision_name(Precision precision) {
  return precision == Precision::kInt8 ? "int8" : "fp32";
}

namespace engine {
namespace {

std::string hex(uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

}  // namespace

TokenizerInfo describe_tokenizer(const tokenizer::WordPieceInfo& info) {
  return {.kind = "WordPiece",
          .fingerprint = hex(info.fingerprint),
          .vocab_size = info.vocab_size,
          .lowercase = info.lowercase,
          .strip_accents = info.strip_accents,
          .clean_text = info.clean_text,
          .handle_chinese_chars = info.handle_chinese_chars,
          .unk_id = info.unk_id,
          .cls_id = info.cls_id,
          .sep_id = info.sep_id,
          .pad_id = info.pad_id,
          .mask_id = info.mask_id,
          .num_special_tokens = info.num_special_tokens,
          .num_special_tokens_pair = info.num_special_tokens_pair};
}

ModelInfo describe_model(const ModelImage& image, kernels::Isa isa) {
  const ModelConfig& config = image.config();
  const EncoderConfig& encoder = config.encoder;
  const Provenance& provenance = image.provenance();

  ModelInfo info;
  info.path = image.path();
  info.family = encoder.family;
  info.hidden_size = encoder.hidden_size;
  info.num_layers = encoder.num_layers;
  info.num_heads = encoder.num_heads;
  info.intermediate_size = encoder.intermediate_size;
  info.vocab_size = encoder.vocab_size;
  info.max_positions = encoder.max_positions;
  info.type_vocab_size = encoder.type_vocab_size;
  info.layer_norm_eps = encoder.layer_norm_eps;
  info.activation = activation_name(encoder.activation);
  info.precision = precision_name(config.precision);
  info.calibration = provenance.calibration;
  info.isa = kernels::isa_name(isa);
  info.backend = "linnet";
  info.pooling = config.pooling;
  for (const DenseConfig& dense : config.dense) {
    info.dense.push_back(std::to_string(dense.in_features) + " -> " +
                         std::to_string(dense.out_features) + ", " +
                         activation_name(dense.activation));
  }
  info.normalize = config.normalize;
  info.prompts = config.prompts;
  info.default_prompt_name = config.default_prompt_name;
  info.include_prompt = config.include_prompt;
  info.dimension = static_cast<uint32_t>(embedding_dimension(config));
  info.max_length = config.max_length;
  info.task = config.head.task;
  info.architecture = config.head.architecture;
  info.labels = config.head.labels;
  info.problem = config.head.problem;
  info.source_files = provenance.source_files;
  info.source_sha256 = provenance.sha256;
  for (const SourceTensor& tensor : provenance.tensors) {
    info.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.used});
    if (!tensor.used) continue;
    uint64_t elements = 1;
    for (const uint64_t n : tensor.shape) elements *= n;
    info.num_parameters += elements;
  }
  for (const Tensor& tensor : image.tensors()) {
    info.stored.push_back({.name = std::string(tensor.name),
                           .layout = layout_name(tensor.layout),
                           .rows = tensor.rows,
                           .cols = tensor.cols,
                           .bytes = tensor.bytes.size()});
  }
  info.notes = provenance.notes;
  info.format_version = image.format_version();
  info.file_size = image.bytes().size();
  for (const SectionInfo& section : image.sections()) {
    info.sections.push_back({section.name, section.offset, section.size, section.checksum});
  }
  return info;
}

}  // namespace engine
}  // namespace linnet
