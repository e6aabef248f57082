#include "engine/hf_write_tokenizer.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include "base/atomic_file.h"
#include "base/json_fields.h"

namespace linnet::engine {
namespace {

using Json = nlohmann::ordered_json;  // the order of the files that Hugging Face writes

Status write_file(const std::string& path, const std::string& text) {
  auto file = base::AtomicFile::create(path);
  if (!file.ok()) return file.status();
  if (Status s = file.value().write(std::as_bytes(std::span(text))); !s.ok()) return s;
  return file.value().commit();
}

size_t id_of(const std::vector<std::string>& vocab, const std::string& token) {
  return static_cast<size_t>(std::find(vocab.begin(), vocab.end(), token) - vocab.begin());
}

Json special_piece(const char* token, int type) {
  return {{"SpecialToken", {{"id", token}, {"type_id", type}}}};
}
Json text_piece(const char* text, int type) {
  return {{"Sequence", {{"id", text}, {"type_id", type}}}};
}

Json tokenizer_json(const std::vector<std::string>& vocab, const VocabOptions& options) {
  Json added = Json::array();
  for (const std::string& token : options.special_tokens) {
    added.push_back({{"id", id_of(vocab, token)}, {"content", token}, {"single_word", false},
                     {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", true}});
  }
  Json special_tokens;
  for (const char* token : {"[CLS]", "[SEP]"}) {
    special_tokens[token] = {{"id", token}, {"ids", {id_of(vocab, token)}}, {"tokens", {token}}};
  }
  Json ids = Json::object();
  // As a list of pairs: ordered_json looks through all keys at each insertion.
  auto& members = ids.get_ref<Json::object_t&>();
  for (size_t id = 0; id < vocab.size(); ++id) {
    static_cast<Json::object_t::Container&>(members).emplace_back(vocab[id], id);
  }
  Json strip_accents = nullptr;
  if (options.strip_accents) strip_accents = *options.strip_accents;
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", options.clean_text},
            {"handle_chinese_chars", options.handle_chinese_chars},
            {"strip_accents", strip_accents},
            {"lowercase", options.lowercase}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", {special_piece("[CLS]", 0), text_piece("A", 0), special_piece("[SEP]", 0)}},
            {"pair",
             {special_piece("[CLS]", 0), text_piece("A", 0), special_piece("[SEP]", 0), text_piece("B", 1),
              special_piece("[SEP]", 1)}},
            {"special_tokens", special_tokens}}},
          {"decoder", {{"type", "WordPiece"}, {"prefix", options.continuing_prefix}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", options.continuing_prefix},
            {"max_input_chars_per_word", 100},
            {"vocab", ids}}}};
}

Json tokenizer_config(const std::vector<std::string>& vocab, const VocabOptions& options) {
  Json config = {{"tokenizer_class", "BertTokenizer"},
                 {"do_lower_case", options.lowercase},
                 {"tokenize_chinese_chars", options.handle_chinese_chars},
                 {"strip_accents", nullptr}};
  if (options.strip_accents) config["strip_accents"] = *options.strip_accents;
  for (const auto& [field, token] :
       {std::pair{"unk_token", "[UNK]"}, {"cls_token", "[CLS]"}, {"sep_token", "[SEP]"},
        {"pad_token", "[PAD]"}, {"mask_token", "[MASK]"}}) {
    if (id_of(vocab, token) < vocab.size()) config[field] = token;
  }
  return config;
}

}  // namespace

Status write_tokenizer(const std::string& folder, const std::vector<std::string>& vocab,
                       const VocabOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return {Code::kIo, folder + ": cannot make the folder: " + error.message()};
  std::string lines;
  for (const std::string& token : vocab) lines += token + "\n";
  if (Status s = write_file(folder + "/vocab.txt", lines); !s.ok()) return s;
  Status s = write_file(folder + "/tokenizer.json", tokenizer_json(vocab, options).dump(2) + "\n");
  if (!s.ok()) return s;
  return write_file(folder + "/tokenizer_config.json", tokenizer_config(vocab, options).dump(2) + "\n");
}

}  // namespace linnet::engine
