#include "engine/importer.h"

#include <algorithm>
#include <filesystem>

#include "engine/hf_config.h"
#include "engine/hf_modules.h"
#include "engine/hf_weights.h"
#include "engine/metadata.h"
#include "engine/place_tensors.h"
#include "engine/sha256.h"
#include "engine/tensor_plan.h"
#include "tokenizer/import.h"

namespace linnet::engine {
namespace {

// How many tokens a text may have: max_seq_length of sentence-transformers, else the smaller of the tokenizer's
// model_max_length and the positions; never more than the positions.
uint32_t max_length(const HfModules& modules, const tokenizer::ImportedTokenizer& tokenizer,
                    const EncoderConfig& encoder) {
  uint64_t length = modules.max_length.value_or(encoder.max_positions);
  if (!modules.max_length && tokenizer.model_max_length) length = *tokenizer.model_max_length;
  return static_cast<uint32_t>(std::min<uint64_t>(length, encoder.max_positions));
}

Status check_max_length(const std::string& folder, uint32_t length, size_t num_special_tokens) {
  if (length >= num_special_tokens) return {};
  return {Code::kCorrupt, folder + ": the maximum length is " + std::to_string(length) +
                              " tokens, expected at least " + std::to_string(num_special_tokens) +
                              ", the special tokens that every text gets"};
}

Status check_lowercase(const std::string& folder, const HfModules& modules,
                       const tokenizer::ImportedTokenizer& tokenizer) {
  if (!modules.lowercase_first || tokenizer.lowercase) return {};
  return {Code::kUnsupported, folder + "/sentence_bert_config.json: do_lower_case is true, expected "
                                       "false: the tokenizer itself keeps upper case"};
}

Status check_dense_chain(const HfModules& modules, uint32_t features) {
  for (size_t i = 0; i < modules.dense.size(); ++i) {
    if (modules.dense[i].in_features != features) {
      return {Code::kCorrupt, modules.dense_folders[i] + "/config.json: in_features is " +
                                  std::to_string(modules.dense[i].in_features) + ", expected " +
                                  std::to_string(features) + ", what the module before gives"};
    }
    features = modules.dense[i].out_features;
  }
  return {};
}

Provenance provenance_of(const HfWeights& weights, std::vector<SourceTensor> tensors,
                         std::vector<std::string> notes) {
  Provenance provenance;
  std::vector<std::span<const std::byte>> parts;
  for (const SafetensorsFile& file : weights.files) {
    const std::string name = std::filesystem::path(file.path).filename().string();
    provenance.source_files += (provenance.source_files.empty() ? "" : ", ") + name;
    parts.push_back(file.mapped.bytes());
  }
  provenance.sha256 = sha256_hex(parts);
  provenance.tensors = std::move(tensors);
  provenance.notes = std::move(notes);
  return provenance;
}

}  // namespace

Result<ImportedModel> import_folder(const std::string& folder) {
  const auto modules = read_hf_modules(folder);
  if (!modules.ok()) return modules.status();
  const std::string& transformer = modules.value().transformer_folder;
  const auto hf = read_hf_config(transformer);
  if (!hf.ok()) return hf.status();
  const EncoderConfig& encoder = hf.value().encoder;
  if (Status s = check_dense_chain(modules.value(), encoder.hidden_size); !s.ok()) return s;
  auto tokenizer = tokenizer::import_tokenizer(transformer, encoder.vocab_size);
  if (!tokenizer.ok()) return tokenizer.status();
  if (Status s = check_lowercase(transformer, modules.value(), tokenizer.value()); !s.ok()) return s;
  const uint32_t length = max_length(modules.value(), tokenizer.value(), encoder);
  if (tokenizer.value().num_special_tokens == 0) {
    return Status{Code::kUnsupported, transformer + ": post_processor of the tokenizer adds no special "
                                                    "tokens to a text, expected [CLS] and [SEP]"};
  }
  Status fits = check_max_length(transformer, length, tokenizer.value().num_special_tokens);
  if (!fits.ok()) return fits;

  const auto weights = read_hf_weights(transformer);
  if (!weights.ok()) return weights.status();
  ImportedModel model;
  if (hf.value().head.task == Task::kEmbed) model.notes = modules.value().notes;
  for (std::string& warning : tokenizer.value().warnings) model.notes.push_back(std::move(warning));
  ModelConfig config{.encoder = encoder,
                     .head = hf.value().head,
                     .pooling = modules.value().pooling,
                     .dense = modules.value().dense,
                     .normalize = modules.value().normalize,
                     .prompts = modules.value().prompts,
                     .default_prompt_name = modules.value().default_prompt_name,
                     .include_prompt = modules.value().include_prompt,
                     .max_length = length};
  auto plan = plan_tensors(*hf.value().family, config, hf.value().tied, weights.value(), transformer,
                           model.notes);
  if (!plan.ok()) return plan.status();
  std::vector<SafetensorsFile> dense_files;  // the plan points into them
  dense_files.reserve(modules.value().dense.size());
  for (size_t i = 0; i < modules.value().dense.size(); ++i) {
    auto file = read_module_weights(modules.value().dense_folders[i]);
    if (!file.ok()) return file.status();
    dense_files.push_back(std::move(file.value()));
    Status s = plan_dense_tensors(modules.value().dense[i], i, dense_files.back(), plan.value());
    if (!s.ok()) return s;
  }

  const Metadata metadata{
      .config = config,
      .provenance = provenance_of(weights.value(), plan.value().sources, model.notes)};
  auto writer = ImageWriter::create(plan.value().targets, write_metadata(metadata), tokenizer.value().tables);
  if (!writer.ok()) return writer.status();
  if (Status s = place_tensors(plan.value(), writer.value()); !s.ok()) return s;
  model.image = writer.value().finish();
  return model;
}

}  // namespace linnet::engine
