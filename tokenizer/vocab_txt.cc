#include "tokenizer/vocab_txt.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/json_fields.h"
#include "base/mapped_file.h"

namespace linnet::tokenizer {
namespace {

using base::Json;
using base::JsonFields;

// A special token as the configuration gives it.
struct Special {
  TokenizerSpec::Added token;
  std::string* name;  // in the spec; null: of no role that matters here
};

// A string, or an object with its content and flags. False: neither.
bool read_token(const Json& value, TokenizerSpec::Added& token) {
  if (value.is_string()) {
    token.content = value.get<std::string>();
    return true;
  }
  const auto content = value.is_object() ? value.find("content") : value.end();
  if (content == value.end() || !content->is_string()) return false;
  token.content = content->get<std::string>();
  const auto flag = [&](const char* name) {
    const auto at = value.find(name);
    return at != value.end() && at->is_boolean() && at->get<bool>();
  };
  token.lstrip = flag("lstrip");
  token.rstrip = flag("rstrip");
  token.single_word = flag("single_word");
  token.normalized = flag("normalized");
  return true;
}

Result<Json> read_if_there(const std::string& path) {
  if (!base::exists(path)) return Json::object();
  auto json = base::read_json_file(path);
  if (json.ok() && !json.value().is_object()) {
    return Status{Code::kCorrupt, path + ": is no JSON object"};
  }
  return json;
}

bool is_mpnet(const Json& config) {
  const auto at = config.find("tokenizer_class");
  return at != config.end() && at->is_string() &&
         at->get<std::string>().rfind("MPNetTokenizer", 0) == 0;
}

// Of tokenizer_class: those that tokenize as BertTokenizer does.
bool known_class(std::string name) {
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  for (const char* known :
       {"BertTokenizer", "MPNetTokenizer", "ElectraTokenizer", "DistilBertTokenizer",
        "MobileBertTokenizer", "ConvBertTokenizer", "SqueezeBertTokenizer", "LayoutLMTokenizer",
        "LxmertTokenizer", "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer",
        "RetriBertTokenizer", "PreTrainedTokenizer", "TokenizersBackend"}) {
    if (name == known) return true;
  }
  return false;
}

Status read_settings(const Json& config, const std::string& path, TokenizerSpec& spec) {
  JsonFields fields(config, path);
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
  if (!known_class(fields.text_or("tokenizer_class", "BertTokenizer"))) {
    fields.unsupported("tokenizer_class", "a class that tokenizes as BertTokenizer or MPNetTokenizer");
  }
  return fields.status();
}

// The special tokens by role: the class's own, then tokenizer_config.json's, then, where that is of the
// older kind, special_tokens_map.json's.
std::vector<Special> read_specials(const Json& config, const Json& map, bool mpnet,
                                   TokenizerSpec& spec) {
  const auto own = [](const char* content, bool lstrip = false) {
    return TokenizerSpec::Added{.content = content, .id = -1, .special = true, .lstrip = lstrip};
  };
  std::vector<Special> specials;
  const bool older = !config.contains("added_tokens_decoder");
  const auto add = [&](const char* field, std::string* name, TokenizerSpec::Added token) {
    for (const Json* json : {&config, &map}) {
      if (json == &map && !older) continue;
      const auto at = json->find(field);
      if (at == json->end() || at->is_null()) continue;
      const bool keeps_flags = mpnet && name == &spec.mask && at->is_string();
      TokenizerSpec::Added given = own("", keeps_flags);
      if (read_token(*at, given)) token = given;
    }
    if (name != nullptr) *name = token.content;
    if (!token.content.empty()) specials.push_back({token, name});
  };
  add("unk_token", &spec.unk, own("[UNK]"));
  add("sep_token", &spec.sep, own(mpnet ? "</s>" : "[SEP]"));
  add("pad_token", &spec.pad, own(mpnet ? "<pad>" : "[PAD]"));
  add("cls_token", &spec.cls, own(mpnet ? "<s>" : "[CLS]"));
  add("mask_token", &spec.mask, own(mpnet ? "<mask>" : "[MASK]", mpnet));
  add("bos_token", nullptr, own(mpnet ? "<s>" : ""));
  add("eos_token", nullptr, own(mpnet ? "</s>" : ""));
  for (const Json* json : {&config, &map}) {
    if (json == &map && !older) continue;
    const auto more = json->find("additional_special_tokens");
    if (more == json->end() || !more->is_array()) continue;
    for (const Json& value : *more) {
      TokenizerSpec::Added token = own("");
      if (read_token(value, token) && !token.content.empty()) specials.push_back({token, nullptr});
    }
  }
  return specials;
}

// {"0": {"content": "[PAD]", "lstrip": false, ..., "special": true}}, by number.
Status read_added_tokens_decoder(const Json& config, const std::string& path,
                                 std::map<uint64_t, TokenizerSpec::Added>& tokens) {
  const auto at = config.find("added_tokens_decoder");
  if (at == config.end() || at->is_null()) return {};
  const std::string where = path + ": added_tokens_decoder";
  if (!at->is_object()) return {Code::kCorrupt, where + " is no object"};
  for (const auto& [key, value] : at->items()) {
    uint64_t id = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), id);
    TokenizerSpec::Added token{.content = "", .id = -1, .special = false};
    if (read.ec != std::errc() || read.ptr != key.data() + key.size() || id > 1u << 24 ||
        !read_token(value, token)) {
      return {Code::kCorrupt, where + ": '" + key + "' is no id with a token"};
    }
    const auto special = value.find("special");
    token.special = special != value.end() && special->is_boolean() && special->get<bool>();
    token.id = static_cast<int32_t>(id);
    if (!token.content.empty()) tokens[id] = token;
  }
  return {};
}

// Gives a token its id: the vocabulary's, of equal lines the last, as in Python's dict; else the next one.
void add_token(TokenizerSpec& spec, TokenizerSpec::Added token) {
  for (TokenizerSpec::Added& known : spec.added) {
    if (known.content == token.content) return;
  }
  const auto last = std::find(spec.vocab.rbegin(), spec.vocab.rend(), token.content);
  token.in_vocab = last != spec.vocab.rend();
  token.id = static_cast<int32_t>(spec.vocab.rend() - last) - 1;
  if (!token.in_vocab) {
    token.id = static_cast<int32_t>(spec.vocab.size());
    spec.vocab.push_back(token.content);
  }
  spec.added.push_back(token);
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

Status read_special_names(const std::string& folder, TokenizerSpec& spec) {
  const std::string path = folder + "/tokenizer_config.json";
  const auto config = read_if_there(path);
  if (!config.ok()) return config.status();
  const auto map = read_if_there(folder + "/special_tokens_map.json");
  if (!map.ok()) return map.status();
  const std::string unk = spec.unk;
  read_specials(config.value(), map.value(), is_mpnet(config.value()), spec);
  spec.unk = unk;
  return {};
}

Result<TokenizerSpec> read_vocab_txt(const std::string& folder, const std::string& path) {
  TokenizerSpec spec;
  const std::string config_path = folder + "/tokenizer_config.json";
  const auto config = read_if_there(config_path);
  if (!config.ok()) return config.status();
  const auto map = read_if_there(folder + "/special_tokens_map.json");
  if (!map.ok()) return map.status();
  if (Status s = read_settings(config.value(), config_path, spec); !s.ok()) return s;
  if (base::exists(folder + "/added_tokens.json")) {
    return Status{Code::kUnsupported, folder + "/added_tokens.json: is of an older kind, expected the "
                                               "tokens in tokenizer.json or tokenizer_config.json"};
  }
  auto lines = read_vocab_lines(path);
  if (!lines.ok()) return lines.status();
  spec.vocab = std::move(lines.value());

  std::map<uint64_t, TokenizerSpec::Added> added;
  if (Status s = read_added_tokens_decoder(config.value(), config_path, added); !s.ok()) return s;
  const bool mpnet = is_mpnet(config.value());
  const std::vector<Special> specials = read_specials(config.value(), map.value(), mpnet, spec);
  for (const auto& [id, token] : added) {
    add_token(spec, token);
    if (spec.added.back().content == token.content &&
        spec.added.back().id != static_cast<int32_t>(id)) {
      return Status{Code::kCorrupt, config_path + ": added_tokens_decoder: '" + token.content +
                                        "' has id " + std::to_string(id) + ", but " +
                                        std::to_string(spec.added.back().id) + " by vocab.txt"};
    }
  }
  const auto id_of = [&](const std::string& token) {
    const auto last = std::find(spec.vocab.rbegin(), spec.vocab.rend(), token);
    return static_cast<int32_t>(spec.vocab.rend() - last) - 1;
  };
  for (const Special& special : specials) {
    // One of the usual names that the vocabulary does not have is nobody's.
    if (special.name != nullptr && id_of(special.token.content) < 0) continue;
    add_token(spec, special.token);
  }
  const int32_t cls = id_of(spec.cls), sep = id_of(spec.sep);
  if (cls < 0 || sep < 0) {
    return Status{Code::kCorrupt, path + ": has no " + (cls < 0 ? spec.cls : spec.sep) +
                                      ", the token that every text needs"};
  }
  if (mpnet) {
    set_roberta_templates(spec, cls, sep);
    spec.trims_offsets = true;
  } else {
    set_bert_templates(spec, cls, sep);
  }
  return spec;
}

}  // namespace linnet::tokenizer
