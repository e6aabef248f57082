#include "tokenizer/vocab_txt.h"

#include <algorithm>

#include "base/json_fields.h"
#include "base/mapped_file.h"

namespace linnet::tokenizer {
namespace {

using base::Json;
using base::JsonFields;

// A special token is a string, or an object with its content.
void read_token(const Json& config, const char* name, std::string& token) {
  const auto field = config.find(name);
  if (field == config.end()) return;
  if (field->is_string()) token = field->get<std::string>();
  if (field->is_object() && field->contains("content") && (*field)["content"].is_string()) {
    token = (*field)["content"].get<std::string>();
  }
}

Status read_config(const std::string& path, TokenizerSpec& spec) {
  if (!base::exists(path)) return {};
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  JsonFields fields(json.value(), path);
  if (!fields.status().ok()) return fields.status();
  spec.lowercase = fields.flag_or("do_lower_case", true);
  spec.strip_accents = fields.flag_or("strip_accents", spec.lowercase);  // null: as lower case
  spec.handle_chinese_chars = fields.flag_or("tokenize_chinese_chars", true);
  if (!fields.flag_or("do_basic_tokenize", true)) fields.unsupported("do_basic_tokenize", "true");
  if (fields.text_or("word_tokenizer_type", "basic") != "basic") {
    fields.unsupported("word_tokenizer_type", "\"basic\"");
  }
  if (fields.text_or("subword_tokenizer_type", "wordpiece") != "wordpiece") {
    fields.unsupported("subword_tokenizer_type", "\"wordpiece\"");
  }
  read_token(json.value(), "unk_token", spec.unk);
  read_token(json.value(), "cls_token", spec.cls);
  read_token(json.value(), "sep_token", spec.sep);
  read_token(json.value(), "pad_token", spec.pad);
  read_token(json.value(), "mask_token", spec.mask);
  return fields.status();
}

}  // namespace

Result<std::vector<std::string>> read_vocab_lines(const std::string& path) {
  const auto file = base::MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto bytes = file.value().bytes();
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<std::string> lines;
  while (!rest.empty()) {
    const size_t end = rest.find_first_of("\r\n");
    lines.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool two = rest.substr(end, 2) == "\r\n";
    rest.remove_prefix(end + (two ? 2 : 1));
  }
  return lines;
}

Result<TokenizerSpec> read_vocab_txt(const std::string& folder) {
  TokenizerSpec spec;
  if (Status s = read_config(folder + "/tokenizer_config.json", spec); !s.ok()) return s;
  const std::string path = folder + "/vocab.txt";
  auto lines = read_vocab_lines(path);
  if (!lines.ok()) return lines.status();
  spec.vocab = std::move(lines.value());
  for (const std::string& special : {spec.unk, spec.sep, spec.pad, spec.cls, spec.mask}) {
    // Of equal lines the last counts, as in Python's dict.
    const auto last = std::find(spec.vocab.rbegin(), spec.vocab.rend(), special);
    if (last == spec.vocab.rend()) continue;
    const auto id = static_cast<int32_t>(spec.vocab.rend() - last) - 1;
    spec.added.push_back({special, id, true});
    if (special == spec.cls) spec.prefix_ids = {id};
    if (special == spec.sep) spec.suffix_ids = {id};
  }
  if (spec.prefix_ids.empty() || spec.suffix_ids.empty()) {
    return Status{Code::kCorrupt, path + ": has no " +
                                      (spec.prefix_ids.empty() ? spec.cls : spec.sep) +
                                      ", the token that every text needs"};
  }
  return spec;
}

}  // namespace linnet::tokenizer
