// Tokenizer files that cannot be imported, what the errors say, and what the warnings say.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/temp_dir.h"
#include "tests/tokenizer/tokenizer_from.h"

namespace linnet::tokenizer {
namespace {

using nlohmann::json;

constexpr uint32_t kVocabSize = 252;  // of tiny_bert

struct TokenizerImport : testing::Test {
  const tests::TempDir dir;
  uint32_t vocab_size = kVocabSize;  // of the model

  void SetUp() override {
    for (const char* name : {"tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
      std::filesystem::copy(std::string(LINNET_SOURCE_DIR "/tests/golden/tiny_bert/") + name,
                            dir / name);
    }
  }
  void expect_error(Code code, const std::string& file, const std::string& part) const {
    const auto imported = import_tokenizer(dir.path(), vocab_size);
    ASSERT_FALSE(imported.ok()) << part;
    EXPECT_EQ(imported.status().code, code) << imported.status().message;
    const std::string& message = imported.status().message;
    EXPECT_EQ(message.rfind(file.empty() ? dir.path() : dir / file, 0), 0u) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nexpected " << part;
  }
  // tokenizer.json with one change.
  void expect_json_error(const std::function<void(json&)>& change, Code code,
                         const std::string& part) const {
    const std::string before = tests::read_file(dir / "tokenizer.json");
    json value = json::parse(before);
    change(value);
    tests::write_file(dir / "tokenizer.json", value.dump());
    expect_error(code, "tokenizer.json", part);
    tests::write_file(dir / "tokenizer.json", before);
  }
};

TEST_F(TokenizerImport, FilesThatAreMissing) {
  std::filesystem::remove(dir / "vocab.txt");
  EXPECT_TRUE(import_tokenizer(dir.path(), kVocabSize).ok());
  std::filesystem::remove(dir / "tokenizer.json");
  expect_error(Code::kNotFound, "", "has neither tokenizer.json nor vocab.txt");
}

// A message about such a value would not have come back.
TEST_F(TokenizerImport, JsonThatIsNestedWithoutEnd) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  const std::string file = "{\"model\": {\"type\": \"[[[[\\\"[[\", \"unk_token\": ";
  tests::write_file(dir / "tokenizer.json", file + nested(2'000'000) + "}}");
  expect_error(Code::kCorrupt, "tokenizer.json",
               "JSON nested more than 512 deep at byte " + std::to_string(file.size() + 510));
  tests::write_file(dir / "tokenizer.json", file + nested(510) + "}}");
  expect_error(Code::kUnsupported, "tokenizer.json", "expected \"WordPiece\"");
}

TEST_F(TokenizerImport, Vocabulary) {
  expect_json_error([](json& t) { t["model"]["vocab"].erase("[UNK]"); t["added_tokens"].erase(1); },
                    Code::kCorrupt, "the vocabulary has no [UNK]");
  expect_json_error([](json& t) { t["model"]["vocab"]["zzz"] = 252; }, Code::kCorrupt,
                    "has a token with id 252, expected ids below 252");
  expect_json_error([](json& t) { t["model"]["vocab"]["zzz"] = 7; }, Code::kCorrupt, "id 7 is both");
  expect_json_error([](json& t) { t["model"]["vocab"]["zzz"] = -1; }, Code::kCorrupt,
                    "the id of token 'zzz' is -1, expected a whole number");
  expect_json_error([](json& t) { t["model"]["vocab"] = json::object(); }, Code::kCorrupt,
                    "vocab is missing, empty or no object");
}

// A template gives the ids of its tokens itself, as in the reference; what it does not give has to be there.
TEST_F(TokenizerImport, SpecialTokensThatAreMissing) {
  for (const auto& [token, at] : {std::pair<std::string, size_t>{"[CLS]", 2}, {"[SEP]", 3}}) {
    const auto without = [&, at = at](json& t) {
      t["model"]["vocab"].erase(token);
      t["added_tokens"].erase(at);
    };
    expect_json_error(
        [&](json& t) {
          without(t);
          t["post_processor"]["special_tokens"].erase(token);
        },
        Code::kCorrupt, "'" + token + "' is not in the vocabulary");
    json value = json::parse(tests::read_file(dir / "tokenizer.json"));
    const std::string before = value.dump();
    without(value);
    tests::write_file(dir / "tokenizer.json", value.dump());
    const tests::OpenTokenizer tokenizer(dir.path());
    EXPECT_EQ(tokenizer.encode("").ids, (std::vector<int32_t>{2, 3}));
    EXPECT_EQ(tokenizer.wordpiece().id(token), std::nullopt);
    tests::write_file(dir / "tokenizer.json", before);
  }
  expect_json_error([](json& t) { t["model"]["unk_token"] = "[NONE]"; }, Code::kCorrupt,
                    "the vocabulary has no [NONE]");
}

TEST_F(TokenizerImport, OtherKinds) {
  const Code unsupported = Code::kUnsupported;
  expect_json_error([](json& t) { t["model"]["type"] = "BPE"; }, unsupported,
                    "model: type is \"BPE\", expected \"WordPiece\"");
  expect_json_error([](json& t) { t["normalizer"]["type"] = "NFKC"; }, unsupported,
                    "normalizer: type is \"NFKC\", expected \"BertNormalizer\"");
  expect_json_error([](json& t) { t["normalizer"] = 7; }, Code::kCorrupt,
                    "normalizer: is a JSON number, expected an object");
  expect_json_error(
      [](json& t) {
        t["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFD"}}, {{"type", "Nmt"}}}}};
      },
      unsupported, "normalizer: type is \"Nmt\", expected \"BertNormalizer\"");
  expect_json_error([](json& t) { t["pre_tokenizer"]["type"] = "Metaspace"; }, unsupported,
                    "pre_tokenizer: type is \"Metaspace\", expected \"BertPreTokenizer\"");
  expect_json_error([](json& t) { t["post_processor"]["type"] = "ByteLevel"; }, unsupported,
                    "post_processor: type is \"ByteLevel\"");
  expect_json_error([](json& t) { t["decoder"] = {{"type", "BPEDecoder"}}; }, unsupported,
                    "decoder: type is \"BPEDecoder\", expected \"WordPiece\"");
  expect_json_error([](json& t) { t["decoder"] = {{"type", "WordPiece"}, {"prefix", "@@"}}; }, unsupported,
                    "decoder: prefix is \"@@\"");
  expect_json_error([](json& t) { t["post_processor"]["special_tokens"].erase("[SEP]"); },
                    Code::kCorrupt, "'[SEP]' is not in the vocabulary");
  expect_json_error([](json& t) { t = json::array(); }, Code::kCorrupt, "is no JSON object");
}

TEST_F(TokenizerImport, AddedTokens) {
  const auto added = [](const char* content, int id) {
    return json{{"id", id}, {"content", content}, {"special", false}, {"normalized", true}};
  };
  vocab_size = 1u << 20;
  expect_json_error([&](json& t) { t["added_tokens"].push_back(added("qqq", 253)); },
                    Code::kUnsupported, "added_tokens: 'qqq' has id 253, expected 252, the next one");
  expect_json_error([&](json& t) { t["added_tokens"].push_back(added("\u0301", 252)); },
                    Code::kUnsupported, "added token '\u0301' normalizes to nothing");
  expect_json_error(
      [&](json& t) {
        t["added_tokens"].push_back(added("QQ", 252));
        t["model"]["vocab"].erase("##\u116d");
        t["model"]["vocab"]["qq"] = 251;
        t["added_tokens"].push_back(added("qq", 251));
      },
      Code::kUnsupported, "added token 'qq' is looked for twice");
  expect_json_error([](json& t) { t["added_tokens"][4]["id"] = 9; }, Code::kCorrupt,
                    "added_tokens: id 9 is '[MASK]', but '");
  expect_json_error([](json& t) { t["added_tokens"][4]["id"] = 252; }, Code::kCorrupt,
                    "added_tokens: '[MASK]' has id 252, but 4 in the vocabulary");
}

// As in the reference: found in the text as such, never as what a word becomes.
TEST_F(TokenizerImport, AnAddedTokenIsNoPieceOfAWord) {
  json value = json::parse(tests::read_file(dir / "tokenizer.json"));
  json added = value["added_tokens"][4];
  added["content"] = "qqq";
  added["id"] = 252;
  value["added_tokens"].push_back(added);
  tests::write_file(dir / "tokenizer.json", value.dump());
  const tests::OpenTokenizer tokenizer(dir.path());
  EXPECT_EQ(tokenizer.encode("qqq").ids[1], 252);
  for (const int32_t id : tokenizer.encode("QQQ").ids) EXPECT_NE(id, 252);
  EXPECT_EQ(tokenizer.wordpiece().id("qqq"), 252);
}

TEST_F(TokenizerImport, ADifferingVocabTxtIsOneWarning) {
  std::string vocab = tests::read_file(dir / "vocab.txt");
  EXPECT_TRUE(import_tokenizer(dir.path(), kVocabSize).value().warnings.empty());
  tests::write_file(dir / "vocab.txt", "[PAD]\n[UNK]\nelsewhere\nmore\n");
  const auto imported = import_tokenizer(dir.path(), kVocabSize);
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(imported.value().warnings,
            std::vector<std::string>{"vocab.txt differs from tokenizer.json, which is used: id 2 is "
                                     "'elsewhere' there and '[CLS]' in tokenizer.json."});
}

TEST_F(TokenizerImport, VocabTxtAlone) {
  const tests::OpenTokenizer from_json(dir.path());
  std::filesystem::remove(dir / "tokenizer.json");
  const tests::OpenTokenizer from_vocab(dir.path());
  EXPECT_EQ(from_json.wordpiece().info().fingerprint, from_vocab.wordpiece().info().fingerprint);
  for (const auto& [line, part] :
       {std::pair<std::string, std::string>{"[UNK]", "the vocabulary has no [UNK]"},
        {"[CLS]", "has no [CLS], the token that every text needs"},
        {"[SEP]", "has no [SEP], the token that every text needs"}}) {
    std::string vocab = tests::read_file(std::string(LINNET_SOURCE_DIR) +
                                         "/tests/golden/tiny_bert/vocab.txt");
    tests::write_file(dir / "vocab.txt", vocab.replace(vocab.find(line), line.size(), "other"));
    expect_error(Code::kCorrupt, "vocab.txt", part);
  }
  tests::write_file(dir / "tokenizer_config.json", R"({"do_basic_tokenize": false})");
  expect_error(Code::kUnsupported, "tokenizer_config.json", "do_basic_tokenize is false");
}

}  // namespace
}  // namespace linnet::tokenizer
