#include "tokenizer/tokenizer_json.h"

#include <algorithm>
#include <string_view>

#include "base/json_fields.h"
#include "tokenizer/tables_view.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

using base::Json;
using base::JsonFields;

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

// One normalizer, or a Sequence of them, as steps.
Status read_steps(const Json& normalizer, const std::string& path, int depth,
                  std::vector<NormalizerStep>& steps) {
  constexpr int kMostDepth = 8;
  JsonFields fields(normalizer, path + ": normalizer");
  if (!fields.status().ok()) return fields.status();
  const std::string type = fields.text("type");
  if (type == "BertNormalizer") {
    const bool lowercase = fields.flag_or("lowercase", true);
    const auto bert = bert_normalizer(fields.flag_or("clean_text", true),
                                      fields.flag_or("handle_chinese_chars", true),
                                      fields.flag_or("strip_accents", lowercase),  // null: as lowercase
                                      lowercase);
    steps.insert(steps.end(), bert.begin(), bert.end());
  } else if (type == "NFC") {
    steps.push_back(NormalizerStep::kNfc);
  } else if (type == "NFD") {
    steps.push_back(NormalizerStep::kNfd);
  } else if (type == "Lowercase") {
    steps.push_back(NormalizerStep::kLowercase);
  } else if (type == "StripAccents") {
    steps.push_back(NormalizerStep::kStripMarks);
  } else if (type == "Sequence") {
    const Json& parts = block(normalizer, "normalizers");
    if (!parts.is_array() || depth == kMostDepth) {
      return {Code::kCorrupt, path + ": normalizer: normalizers is missing, no list or too deep"};
    }
    for (const Json& part : parts) {
      if (Status s = read_steps(part, path, depth + 1, steps); !s.ok()) return s;
    }
  } else {
    fields.unsupported("type", "\"BertNormalizer\", \"NFC\", \"NFD\", \"Lowercase\", "
                               "\"StripAccents\" or a \"Sequence\" of them");
  }
  return fields.status();
}

Status read_normalizer(const Json& normalizer, const std::string& path, TokenizerSpec& spec) {
  std::vector<NormalizerStep> steps;
  if (!normalizer.is_null()) {
    if (Status s = read_steps(normalizer, path, 0, steps); !s.ok()) return s;
  }
  const auto has = [&](NormalizerStep step) {
    return std::find(steps.begin(), steps.end(), step) != steps.end();
  };
  spec.clean_text = has(NormalizerStep::kClean);
  spec.handle_chinese_chars = has(NormalizerStep::kChinese);
  spec.strip_accents = has(NormalizerStep::kStripNonspacing);
  spec.lowercase = has(NormalizerStep::kLowercase);
  // What BertNormalizer could do too is left to its tables.
  const bool as_bert = steps == bert_normalizer(spec.clean_text, spec.handle_chinese_chars,
                                                spec.strip_accents, spec.lowercase);
  if (!as_bert) spec.normalizer = steps;
  return {};
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

// {"single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, ...],
//  "pair": the same with {"id": "B"} too, "special_tokens": {"[CLS]": {"ids": [101]}}}
Status read_template(const Json& processor, const std::string& path, const char* name,
                     TokenizerSpec& spec, std::vector<TemplatePiece>& result) {
  const std::string where = path + ": post_processor: " + name;
  const Json& pieces = block(processor, name);
  if (!pieces.is_array()) return {Code::kCorrupt, where + " is missing or no list"};
  const bool pair = std::string_view(name) == "pair";
  constexpr uint32_t kMostTypeId = 255;
  size_t firsts = 0, seconds = 0;
  result.clear();
  for (const Json& piece : pieces) {
    const bool is_text = piece.contains("Sequence");
    JsonFields fields(block(piece, is_text ? "Sequence" : "SpecialToken"), where);
    const std::string id = fields.text("id");
    const uint32_t type_id = fields.count_or("type_id", 0, 0, kMostTypeId);
    if (!fields.status().ok()) return fields.status();
    if (is_text) {
      if (id != "A" && id != "B") return {Code::kCorrupt, where + " has the text '" + id + "'"};
      const bool first = id == "A";
      firsts += first ? 1 : 0;
      seconds += first ? 0 : 1;
      result.push_back({first ? kFirstText : kSecondText, type_id});
      continue;
    }
    const Json& ids = block(block(block(processor, "special_tokens"), id.c_str()), "ids");
    if (!ids.is_array()) return unknown_special(path, id);
    for (const Json& token : ids) {
      if (!token.is_number_unsigned() || token.get<uint64_t>() >= spec.vocab.size()) {
        return unknown_special(path, id);
      }
      result.push_back({token.get<int32_t>(), type_id});
    }
  }
  if (firsts > 1 || seconds > 1) return {Code::kUnsupported, where + " has the text twice"};
  if (firsts != 1 || seconds != (pair ? 1 : 0)) {
    return {Code::kCorrupt, where + " has no text" + (pair ? ", expected two" : "")};
  }
  return {};
}

// {"cls": ["[CLS]", 101], "sep": ["[SEP]", 102]}
Status read_cls_and_sep(const Json& processor, const std::string& path, TokenizerSpec& spec,
                        int32_t& cls, int32_t& sep) {
  const std::pair<const char*, int32_t&> wanted[] = {{"cls", cls}, {"sep", sep}};
  for (const auto& [name, result] : wanted) {
    const Json& pair = block(processor, name);
    if (!pair.is_array() || pair.size() != 2 || !pair[1].is_number_unsigned() ||
        pair[1].get<uint64_t>() >= spec.vocab.size()) {
      return {Code::kCorrupt,
              path + ": post_processor: " + name + " is not a token and its id in the vocabulary"};
    }
    result = pair[1].get<int32_t>();
  }
  return {};
}

// Whether a token of the vocabulary starts or ends with what trim_offsets takes for a space.
bool has_space_at_an_end(std::string_view token) {
  const auto is_space = [](const Decoded& decoded) {
    return is_whitespace(decoded.scalar) || decoded.scalar == 0x120;  // GPT-2's sign for a space
  };
  return !token.empty() && (is_space(decode_utf8(token)) || is_space(decode_last_utf8(token)));
}

Status read_roberta(const Json& processor, const std::string& path, TokenizerSpec& spec) {
  JsonFields fields(processor, path + ": post_processor");
  spec.trims_offsets = fields.flag_or("trim_offsets", true);
  if (spec.trims_offsets && fields.flag_or("add_prefix_space", true)) {
    fields.unsupported("add_prefix_space", "false");
  }
  const auto may_be_a_piece = [&](const std::string& token) {  // added tokens are trimmed as they are found
    return std::none_of(spec.added.begin(), spec.added.end(),
                        [&](const TokenizerSpec::Added& added) { return added.content == token; });
  };
  if (spec.trims_offsets && std::any_of(spec.vocab.begin(), spec.vocab.end(), [&](const std::string& token) {
        return has_space_at_an_end(token) && may_be_a_piece(token);
      })) {
    fields.unsupported("trim_offsets", "false with a vocabulary that has tokens with spaces");
  }
  int32_t cls = 0, sep = 0;
  if (!fields.status().ok()) return fields.status();
  if (Status s = read_cls_and_sep(processor, path, spec, cls, sep); !s.ok()) return s;
  set_roberta_templates(spec, cls, sep);
  return {};
}

Status read_post_processor(const Json& processor, const std::string& path, TokenizerSpec& spec) {
  if (processor.is_null()) return {};
  JsonFields fields(processor, path + ": post_processor");
  if (!fields.status().ok()) return fields.status();
  const std::string type = fields.text("type");
  if (type == "TemplateProcessing") {
    Status s = read_template(processor, path, "single", spec, spec.single_template);
    return s.ok() ? read_template(processor, path, "pair", spec, spec.pair_template) : s;
  }
  if (type == "BertProcessing") {
    int32_t cls = 0, sep = 0;
    if (Status s = read_cls_and_sep(processor, path, spec, cls, sep); !s.ok()) return s;
    set_bert_templates(spec, cls, sep);
    return {};
  }
  if (type == "RobertaProcessing") return read_roberta(processor, path, spec);
  fields.unsupported("type", "\"TemplateProcessing\", \"BertProcessing\" or \"RobertaProcessing\"");
  return fields.status();
}

Status read_added_tokens(const Json& added, const std::string& path, TokenizerSpec& spec) {
  if (added.is_null()) return {};
  if (!added.is_array()) return {Code::kCorrupt, path + ": added_tokens is no list"};
  const auto vocab_count = static_cast<size_t>(std::count_if(
      spec.vocab.begin(), spec.vocab.end(), [](const std::string& token) { return !token.empty(); }));
  size_t next_id = vocab_count;  // that the reference gives to a new token
  for (const Json& token : added) {
    JsonFields fields(token, path + ": added_tokens");
    const std::string content = fields.text("content");
    const uint32_t id = fields.count("id", 0, kMostTokens - 1);
    const bool special = fields.flag_or("special", false);
    const TokenizerSpec::Added flags{.content = content,
                                     .id = static_cast<int32_t>(id),
                                     .special = special,
                                     .lstrip = fields.flag_or("lstrip", false),
                                     .rstrip = fields.flag_or("rstrip", false),
                                     .single_word = fields.flag_or("single_word", false),
                                     .normalized = fields.flag_or("normalized", false)};
    if (!fields.status().ok()) return fields.status();
    if (content.empty()) continue;
    const bool in_vocab = id < spec.vocab.size() && !spec.vocab[id].empty();
    if (!in_vocab) {
      const auto other = std::find(spec.vocab.begin(), spec.vocab.end(), content);
      if (other != spec.vocab.end()) {
        return {Code::kCorrupt, path + ": added_tokens: '" + content + "' has id " +
                                    std::to_string(id) + ", but " +
                                    std::to_string(other - spec.vocab.begin()) +
                                    " in the vocabulary"};
      }
      if (id != next_id) {
        return {Code::kUnsupported, path + ": added_tokens: '" + content + "' has id " +
                                        std::to_string(id) + ", expected " + std::to_string(next_id) +
                                        ", the next one"};
      }
      if (id >= spec.vocab.size()) spec.vocab.resize(id + size_t{1});
      spec.vocab[id] = content;
    }
    if (id >= vocab_count) next_id = std::max<size_t>(next_id, id + size_t{1});
    if (spec.vocab[id] != content) {
      return {Code::kCorrupt, path + ": added_tokens: id " + std::to_string(id) + " is '" + content +
                                  "', but '" + spec.vocab[id] + "' in the vocabulary"};
    }
    spec.added.push_back(flags);
    spec.added.back().in_vocab = in_vocab;
  }
  return {};
}

Status read_decoder(const Json& decoder, const std::string& path, TokenizerSpec& spec) {
  spec.has_decoder = !decoder.is_null();
  if (!spec.has_decoder) return {};
  JsonFields fields(decoder, path + ": decoder");
  if (!fields.status().ok()) return fields.status();
  if (fields.text("type") != "WordPiece") {
    fields.unsupported("type", "\"WordPiece\"");
  } else if (fields.text_or("prefix", "##") != spec.continuing_prefix) {
    fields.unsupported("prefix", "\"" + spec.continuing_prefix + "\", as in the model");
  }
  spec.decodes_cleanly = fields.flag_or("cleanup", true);
  return fields.status();
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
  if (Status s = read_decoder(block(root, "decoder"), path, spec); !s.ok()) return s;
  return spec;
}

}  // namespace linnet::tokenizer
