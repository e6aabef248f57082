#include "tokenizer/import.h"

#include <algorithm>

#include "base/json_fields.h"
#include "base/mapped_file.h"
#include "tokenizer/build_tables.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

namespace linnet::tokenizer {
namespace {

Status check_ids(const TokenizerSpec& spec, uint32_t vocab_size, const std::string& where) {
  if (spec.vocab.size() <= vocab_size) return {};
  return {Code::kCorrupt, where + ": has a token with id " + std::to_string(spec.vocab.size() - 1) +
                              ", expected ids below " + std::to_string(vocab_size) +
                              ", the vocab_size of config.json"};
}

// tokenizer.json decides; a vocab.txt beside it that says otherwise is worth a warning.
void compare_vocab_txt(const std::string& folder, const TokenizerSpec& spec,
                       std::vector<std::string>& warnings) {
  if (!base::exists(folder + "/vocab.txt")) return;
  const auto lines = read_vocab_lines(folder + "/vocab.txt");
  if (!lines.ok()) return;
  for (size_t id = 0; id < lines.value().size(); ++id) {
    const std::string token = id < spec.vocab.size() ? spec.vocab[id] : "";
    if (token == lines.value()[id]) continue;
    // Without the folder: a warning goes into the model file, the same wherever the folder was.
    warnings.push_back("vocab.txt differs from tokenizer.json, which is used: id " +
                       std::to_string(id) + " is '" + lines.value()[id] + "' there and '" + token +
                       "' in tokenizer.json.");
    return;
  }
}

// Transformers writes a huge number where there is no limit.
Result<std::optional<uint64_t>> read_model_max_length(const std::string& folder) {
  const std::string path = folder + "/tokenizer_config.json";
  if (!base::exists(path)) return std::optional<uint64_t>();
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  const auto field = json.value().find("model_max_length");
  if (field == json.value().end() || !field->is_number_unsigned()) return std::optional<uint64_t>();
  const auto length = field->get<uint64_t>();
  constexpr uint64_t kAnySaneLength = 1u << 24;
  if (length < 1 || length > kAnySaneLength) return std::optional<uint64_t>();
  return std::optional<uint64_t>(length);
}

}  // namespace

Result<ImportedTokenizer> import_tokenizer(const std::string& folder, uint32_t vocab_size) {
  const bool has_json = base::exists(folder + "/tokenizer.json");
  if (!has_json && !base::exists(folder + "/vocab.txt")) {
    return Status{Code::kNotFound, folder + ": has neither tokenizer.json nor vocab.txt"};
  }
  const std::string where = folder + (has_json ? "/tokenizer.json" : "/vocab.txt");
  const auto spec = has_json ? read_tokenizer_json(where) : read_vocab_txt(folder);
  if (!spec.ok()) return spec.status();
  if (Status s = check_ids(spec.value(), vocab_size, where); !s.ok()) return s;
  if (spec.value().prefix_ids.empty() && spec.value().suffix_ids.empty()) {
    return Status{Code::kUnsupported, where + ": post_processor adds no special tokens to a text, "
                                              "expected [CLS] and [SEP]"};
  }

  ImportedTokenizer imported;
  if (has_json) compare_vocab_txt(folder, spec.value(), imported.warnings);
  const auto model_max_length = read_model_max_length(folder);
  if (!model_max_length.ok()) return model_max_length.status();
  imported.model_max_length = model_max_length.value();
  auto tables = build_tables(spec.value(), where);
  if (!tables.ok()) return tables.status();
  imported.tables = std::move(tables.value());
  imported.lowercase = spec.value().lowercase;
  imported.num_special_tokens = spec.value().prefix_ids.size() + spec.value().suffix_ids.size();
  return imported;
}

}  // namespace linnet::tokenizer
