#include "tokenizer/tokenizer_json.h"

#include <algorithm>
#include <string_view>

#include "base/json_fields.h"

namespace linnet::tokenizer {
namespace {

using base::Json;
using base::JsonFields;

constexpr uint32_t kMostTokens = 1u << 24;

const Json& block(const Json& json, const char* name) {
  static const Json kNone;
  const auto at = json.find(name);
  return at == json.end() ? kNone : *at;
}

Status read_model(const Json& model, const std::string& path, TokenizerSpec& spec) {
  JsonFields fields(model, path + ": model");
  if (!fields.status().ok()) return fields.status();
  if (fields.text_or("type", "WordPiece") != "WordPiece" || fields.has("merges")) {
    fields.unsupported("type", "\"WordPiece\", the only kind Linnet has");
    if (fields.status().ok()) {
      return {Code::kUnsupported, path + ": model has merges, expected a WordPiece model"};
    }
  }
  spec.unk = fields.text("unk_token");
  spec.continuing_prefix = fields.text("continuing_subword_prefix");
  spec.max_chars_per_word = fields.count("max_input_chars_per_word", 1, 1u << 31);
  if (!fields.status().ok()) return fields.status();

  const Json& vocab = block(model, "vocab");
  if (!vocab.is_object() || vocab.empty()) {
    return {Code::kCorrupt, path + ": model: vocab is missing, empty or no object"};
  }
  for (const auto& [token, id] : vocab.items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMostTokens) {
      return {Code::kCorrupt, path + ": model: the id of token '" + token + "' is " + id.dump() +
                                  ", expected a whole number below " + std::to_string(kMostTokens)};
    }
    const auto at = id.get<size_t>();
    if (at >= spec.vocab.size()) spec.vocab.resize(at + 1);
    if (!spec.vocab[at].empty()) {
      return {Code::kCorrupt, path + ": model: id " + std::to_string(at) + " is both '" +
                                  spec.vocab[at] + "' and '" + token + "'"};
    }
    spec.vocab[at] = token;
  }
  return {};
}

Status read_normalizer(const Json& normalizer, const std::string& path, TokenizerSpec& spec) {
  JsonFields fields(normalizer, path + ": normalizer");
  if (!fields.status().ok()) return fields.status();
  if (fields.text("type") != "BertNormalizer") fields.unsupported("type", "\"BertNormalizer\"");
  spec.clean_text = fields.flag_or("clean_text", true);
  spec.handle_chinese_chars = fields.flag_or("handle_chinese_chars", true);
  spec.lowercase = fields.flag_or("lowercase", true);
  spec.strip_accents = fields.flag_or("strip_accents", spec.lowercase);  // null: as lowercase
  return fields.status();
}

Status read_pre_tokenizer(const Json& pre_tokenizer, const std::string& path) {
  JsonFields fields(pre_tokenizer, path + ": pre_tokenizer");
  if (!fields.status().ok()) return fields.status();
  if (fields.text("type") != "BertPreTokenizer") fields.unsupported("type", "\"BertPreTokenizer\"");
  return fields.status();
}

Status unknown_special(const std::string& path, const std::string& token) {
  return {Code::kCorrupt, path + ": post_processor: '" + token + "' is not in the vocabulary"};
}

// {"single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, ...],
//  "special_tokens": {"[CLS]": {"ids": [101]}}}
Status read_template(const Json& processor, const std::string& path, TokenizerSpec& spec) {
  const Json& single = block(processor, "single");
  if (!single.is_array()) {
    return {Code::kCorrupt, path + ": post_processor: single is missing or no list"};
  }
  bool before_text = true;
  for (const Json& piece : single) {
    if (piece.contains("Sequence")) {
      if (!before_text) {
        return {Code::kUnsupported, path + ": post_processor: single has the text twice"};
      }
      before_text = false;
      continue;
    }
    JsonFields fields(block(piece, "SpecialToken"), path + ": post_processor: single");
    const std::string name = fields.text("id");
    if (!fields.status().ok()) return fields.status();
    const Json& ids = block(block(block(processor, "special_tokens"), name.c_str()), "ids");
    if (!ids.is_array()) return unknown_special(path, name);
    for (const Json& id : ids) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() >= spec.vocab.size()) {
        return unknown_special(path, name);
      }
      (before_text ? spec.prefix_ids : spec.suffix_ids).push_back(id.get<int32_t>());
    }
  }
  if (before_text) return {Code::kCorrupt, path + ": post_processor: single has no text"};
  return {};
}

// {"cls": ["[CLS]", 101], "sep": ["[SEP]", 102]}
Status read_bert_processing(const Json& processor, const std::string& path, TokenizerSpec& spec) {
  for (const char* name : {"cls", "sep"}) {
    const Json& pair = block(processor, name);
    if (!pair.is_array() || pair.size() != 2 || !pair[1].is_number_unsigned() ||
        pair[1].get<uint64_t>() >= spec.vocab.size()) {
      return {Code::kCorrupt,
              path + ": post_processor: " + name + " is not a token and its id in the vocabulary"};
    }
    (name[0] == 'c' ? spec.prefix_ids : spec.suffix_ids).push_back(pair[1].get<int32_t>());
  }
  return {};
}

Status read_post_processor(const Json& processor, const std::string& path, TokenizerSpec& spec) {
  if (processor.is_null()) return {};
  JsonFields fields(processor, path + ": post_processor");
  if (!fields.status().ok()) return fields.status();
  const std::string type = fields.text("type");
  if (type == "TemplateProcessing") return read_template(processor, path, spec);
  if (type == "BertProcessing") return read_bert_processing(processor, path, spec);
  fields.unsupported("type", "\"TemplateProcessing\" or \"BertProcessing\"");
  return fields.status();
}

Status read_added_tokens(const Json& added, const std::string& path, TokenizerSpec& spec) {
  if (added.is_null()) return {};
  if (!added.is_array()) return {Code::kCorrupt, path + ": added_tokens is no list"};
  for (const Json& token : added) {
    JsonFields fields(token, path + ": added_tokens");
    const std::string content = fields.text("content");
    const uint32_t id = fields.count("id", 0, kMostTokens - 1);
    const bool special = fields.flag_or("special", false);
    for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized"}) {
      if (fields.flag_or(flag, false)) {
        JsonFields named(token, path + ": added_tokens: '" + content + "'");
        named.unsupported(flag, "false");
        return named.status();
      }
    }
    if (!fields.status().ok()) return fields.status();
    if (content.empty()) continue;
    if (id >= spec.vocab.size()) spec.vocab.resize(id + 1);
    const bool in_vocab = !spec.vocab[id].empty();
    if (!in_vocab) {
      const auto other = std::find(spec.vocab.begin(), spec.vocab.end(), content);
      if (other != spec.vocab.end()) {
        return {Code::kCorrupt, path + ": added_tokens: '" + content + "' has id " +
                                    std::to_string(id) + ", but " +
                                    std::to_string(other - spec.vocab.begin()) +
                                    " in the vocabulary"};
      }
      spec.vocab[id] = content;
    }
    if (spec.vocab[id] != content) {
      return {Code::kCorrupt, path + ": added_tokens: id " + std::to_string(id) + " is '" + content +
                                  "', but '" + spec.vocab[id] + "' in the vocabulary"};
    }
    spec.added.push_back({content, static_cast<int32_t>(id), special, in_vocab});
  }
  return {};
}

}  // namespace

Result<TokenizerSpec> read_tokenizer_json(const std::string& path) {
  const auto json = base::read_json_file(path);
  if (!json.ok()) return json.status();
  if (!json.value().is_object()) {
    return Status{Code::kCorrupt, path + ": is no JSON object"};
  }
  const Json& root = json.value();
  TokenizerSpec spec;
  if (Status s = read_model(block(root, "model"), path, spec); !s.ok()) return s;
  if (Status s = read_normalizer(block(root, "normalizer"), path, spec); !s.ok()) return s;
  if (Status s = read_pre_tokenizer(block(root, "pre_tokenizer"), path); !s.ok()) return s;
  if (Status s = read_added_tokens(block(root, "added_tokens"), path, spec); !s.ok()) return s;
  if (Status s = read_post_processor(block(root, "post_processor"), path, spec); !s.ok()) return s;
  return spec;
}

}  // namespace linnet::tokenizer
