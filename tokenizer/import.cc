#include "tokenizer/import.h"

#include <algorithm>
#include <filesystem>

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

// tokenizer.json does not say which token is [PAD] and which [MASK]: the files beside it do, or the names.
Status name_specials(const std::string& folder, TokenizerSpec& spec) {
  if (Status s = read_special_names(folder, spec); !s.ok()) return s;
  const auto in_vocab = [&](const std::string& token) {
    return std::find(spec.vocab.begin(), spec.vocab.end(), token) != spec.vocab.end();
  };
  const auto first_of = [&](std::string& name, const char* other, int32_t id) {
    if (in_vocab(name)) return;
    if (in_vocab(other)) name = other;
    if (id >= 0) name = spec.vocab[static_cast<size_t>(id)];
  };
  first_of(spec.pad, "<pad>", -1);
  first_of(spec.mask, "<mask>", -1);
  first_of(spec.cls, "<s>", spec.single_template.front().id);
  first_of(spec.sep, "</s>", spec.single_template.back().id);
  return {};
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

Result<ImportedTokenizer> import_tokenizer(const std::string& path, uint32_t vocab_size) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool is_file = fs::is_regular_file(path, error);
  const std::string parent = fs::path(path).parent_path().string();
  const std::string folder = !is_file ? path : parent.empty() ? "." : parent;
  const bool is_json = is_file && path.ends_with(".json");
  const bool has_json = is_file ? is_json : base::exists(folder + "/tokenizer.json");
  if (!is_file && !has_json && !base::exists(folder + "/vocab.txt")) {
    return Status{Code::kNotFound, folder + ": has neither tokenizer.json nor vocab.txt"};
  }
  const std::string where = is_file ? path : folder + (has_json ? "/tokenizer.json" : "/vocab.txt");
  auto spec = has_json ? read_tokenizer_json(where) : read_vocab_txt(folder, where);
  if (!spec.ok()) return spec.status();
  if (has_json) {
    if (Status s = name_specials(folder, spec.value()); !s.ok()) return s;
  }
  if (Status s = check_ids(spec.value(), vocab_size, where); !s.ok()) return s;

  ImportedTokenizer imported;
  if (has_json && !is_file) compare_vocab_txt(folder, spec.value(), imported.warnings);
  const auto model_max_length = read_model_max_length(folder);
  if (!model_max_length.ok()) return model_max_length.status();
  imported.model_max_length = model_max_length.value();
  auto tables = build_tables(spec.value(), where);
  if (!tables.ok()) return tables.status();
  imported.tables = std::move(tables.value());
  const auto& steps = spec.value().normalizer;
  imported.lowercase = spec.value().lowercase ||
                       std::find(steps.begin(), steps.end(), NormalizerStep::kLowercase) != steps.end();
  imported.num_special_tokens = spec.value().num_special_tokens();
  return imported;
}

}  // namespace linnet::tokenizer
