// config.json and sentence-transformers modules that cannot be imported: what the errors say.
#include <gtest/gtest.h>

#include <set>

#include "engine/metadata.h"
#include "engine/model_image.h"
#include "tests/engine/hf_folder.h"

namespace linnet::engine {
namespace {

using tests::HfFolder;
using tests::json;

struct Case {
  const char* field;
  json value;  // null: the field is taken away
  Code code;
  std::vector<std::string> parts;  // of the message
};

void expect_errors(const std::string& file, const std::vector<Case>& cases, const std::string& golden = "tiny_bert") {
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.field) + " = " + c.value.dump());
    const HfFolder folder(golden);
    folder.edit(file, [&](json& fields) {
      if (c.value.is_null()) fields.erase(c.field);
      if (!c.value.is_null()) fields[c.field] = c.value;
    });
    std::vector<std::string> parts = c.parts;
    parts.push_back(c.field);
    folder.expect_error(c.code, file, parts);
  }
}

TEST(ImportConfig, FieldsThatAreMissing) {
  std::vector<Case> cases;
  for (const char* field : {"model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
                            "intermediate_size", "vocab_size", "max_position_embeddings"}) {
    cases.push_back({field, nullptr, Code::kCorrupt, {"is missing, expected "}});
  }
  expect_errors("config.json", cases);
}

TEST(ImportConfig, AbsurdValues) {
  const std::string to_65536 = "expected a whole number from 1 to 65536";
  expect_errors(
      "config.json",
      {{"num_attention_heads", 5, Code::kCorrupt, {"is 5", "does not divide hidden_size 32"}},
       {"num_hidden_layers", 0, Code::kCorrupt, {"is 0", "from 1 to 1024"}},
       {"num_hidden_layers", 100000, Code::kCorrupt, {"is 100000", "from 1 to 1024"}},
       {"hidden_size", 2147483648u, Code::kCorrupt, {"is 2147483648", to_65536}},
       {"hidden_size", -32, Code::kCorrupt, {"is -32", to_65536}},
       {"hidden_size", 32.5, Code::kCorrupt, {"is 32.5", to_65536}},
       {"hidden_size", "32", Code::kCorrupt, {"is \"32\"", to_65536}},
       {"hidden_size", true, Code::kCorrupt, {"is true", to_65536}},
       {"intermediate_size", 1e30, Code::kCorrupt, {to_65536}},
       {"vocab_size", json::array({252}), Code::kCorrupt, {"is [252]", "from 1 to 16777216"}},
       {"max_position_embeddings", 0, Code::kCorrupt, {"is 0"}},
       {"type_vocab_size", 0, Code::kCorrupt, {"is 0"}},
       {"layer_norm_eps", 0, Code::kCorrupt, {"is 0", "a number above 0"}},
       {"layer_norm_eps", -1e-12, Code::kCorrupt, {"is -1e-12"}},
       {"layer_norm_eps", "1e-12", Code::kCorrupt, {"is \"1e-12\""}},
       {"is_decoder", "no", Code::kCorrupt, {"is \"no\"", "true or false"}}});
}

TEST(ImportConfig, WhatWouldGiveOtherVectors) {
  expect_errors(
      "config.json",
      {{"hidden_act", "mish", Code::kUnsupported, {"is \"mish\"", "expected gelu, gelu_new"}},
       {"position_embedding_type", "relative_key", Code::kUnsupported, {"expected \"absolute\""}},
       {"is_decoder", true, Code::kUnsupported, {"is true", "expected false"}},
       {"add_cross_attention", true, Code::kUnsupported, {"is true", "expected false"}},
       {"quantization_config", {{"bits", 4}}, Code::kUnsupported, {"{\"bits\":4}", "fp32"}},
       {"model_type", "roberta", Code::kUnsupported,
        {"is \"roberta\"", "expected bert, distilbert", "not WordPiece"}},
       {"model_type", "xlm-roberta", Code::kUnsupported, {"is \"xlm-roberta\"", "not WordPiece"}},
       {"model_type", "modernbert", Code::kUnsupported, {"is \"modernbert\"", "tokenizer is BPE"}},
       {"model_type", "albert", Code::kUnsupported, {"is \"albert\"", "SentencePiece"}},
       {"model_type", "roformer", Code::kUnsupported,
        {"is \"roformer\"", "does not have this family yet"}}});
}

TEST(ImportConfig, OfMobileBert) {
  expect_errors("config.json",
                {{"use_bottleneck", false, Code::kUnsupported, {"is false, expected true"}},
                 {"key_query_shared_bottleneck", false, Code::kUnsupported,
                  {"is false, expected true where use_bottleneck_attention is false"}},
                 {"use_bottleneck_attention", "no", Code::kCorrupt, {"is \"no\", expected true or false"}},
                 {"trigram_input", 3, Code::kCorrupt, {"is 3, expected true or false"}},
                 {"normalization_type", "rms_norm", Code::kUnsupported,
                  {"is \"rms_norm\", expected \"no_norm\" or \"layer_norm\""}},
                 {"embedding_size", 25, Code::kUnsupported, {"is 25, expected at most hidden_size, 24"}},
                 {"intra_bottleneck_size", 0, Code::kCorrupt, {"is 0, expected a whole number from 1 to 65536"}},
                 {"num_attention_heads", 3, Code::kCorrupt, {"is 3, which does not divide intra_bottleneck_size 20"}},
                 {"num_feedforward_networks", 0, Code::kCorrupt, {"is 0, expected a whole number from 1 to 64"}},
                 {"num_feedforward_networks", 65, Code::kCorrupt, {"is 65, expected a whole number from 1 to 64"}},
                 {"hidden_act", "mish", Code::kUnsupported, {"is \"mish\", expected gelu, gelu_new"}}},
                "tasks/mobilebert");
  expect_errors("config.json", {{"classifier_activation", "no", Code::kCorrupt, {"is \"no\", expected true or false"}}},
                "tasks/mobilebert_classify");
}

// Other numbers in config.json than in the weights: the error names the tensor.
TEST(ImportConfig, OfAnotherMobileBert) {
  const auto with = [](const std::string& golden, const char* field, const json& value, Code code,
                       const std::string& file, const std::vector<std::string>& parts) {
    const HfFolder folder("tasks/" + golden);
    folder.edit("config.json", [&](json& fields) { fields[field] = value; });
    folder.expect_error(code, file, parts);
  };
  const std::string weights = "model.safetensors", layer = "encoder.layer.0.";
  with("mobilebert", "intra_bottleneck_size", 24, Code::kCorrupt, weights,
       {layer + "bottleneck.input.dense.weight has shape [20, 24], expected [24, 24]"});
  with("mobilebert", "trigram_input", false, Code::kCorrupt, weights,
       {"embeddings.embedding_transformation.weight has shape [24, 36], expected [24, 12]"});
  with("mobilebert", "num_feedforward_networks", 4, Code::kCorrupt, "",
       {layer + "ffn.2.intermediate.dense.weight is missing, expected [36, 20]"});
  with("mobilebert", "num_feedforward_networks", 2, Code::kUnsupported, weights,
       {layer + "ffn.1.intermediate.dense.bias F16 [36] is not part of a mobilebert encoder"});
  with("mobilebert", "use_bottleneck_attention", true, Code::kCorrupt, weights,
       {layer + "attention.self.value.weight has shape [20, 24], expected [20, 20]"});
  with("mobilebert_fill", "embedding_size", 10, Code::kCorrupt, weights,
       {"embeddings.word_embeddings.weight has shape [252, 12], expected [252, 10]"});
}

TEST(ImportConfig, NotThereOrNotJson) {
  const HfFolder folder;
  tests::write_file(folder / "config.json", "{\"hidden_size\": 32,");
  folder.expect_error(Code::kCorrupt, "config.json", {"not JSON", "line 1"});
  tests::write_file(folder / "config.json", "[1, 2]");
  folder.expect_error(Code::kCorrupt, "config.json", {"is a JSON array, expected an object"});
  tests::write_file(folder / "config.json", "");
  folder.expect_error(Code::kCorrupt, "config.json", {"not JSON"});
  folder.remove("config.json");
  folder.expect_error(Code::kNotFound, "config.json", {"cannot open: No such file"});
}

TEST(ImportModules, NotSupported) {
  const auto with = [](const std::function<void(json&)>& change, Code code,
                       const std::vector<std::string>& parts) {
    const HfFolder folder;
    folder.edit("modules.json", change);
    folder.expect_error(code, "modules.json", parts);
  };
  with([](json& m) { m[2]["type"] = "sentence_transformers.models.LSTM"; }, Code::kUnsupported,
       {"module 2", "sentence_transformers.models.LSTM", "expected Transformer, Pooling"});
  with([](json& m) { m[0]["type"] = "sentence_transformers.models.BoW"; }, Code::kUnsupported,
       {"module 0", "sentence_transformers.models.BoW"});
  with([](json& m) { m[0]["type"] = "custom_st.Transformer"; }, Code::kUnsupported,
       {"module 0", "custom_st.Transformer", "code that comes with the model"});
  with([](json& m) { m[2] = m[1]; }, Code::kUnsupported, {"module 2", "models.Pooling"});
  with([](json& m) { m.erase(2); m.erase(1); }, Code::kUnsupported, {"has no Pooling module"});
  with([](json& m) { m = json::array(); }, Code::kCorrupt, {"expected a list of modules"});
  with([](json& m) { m = json::object(); }, Code::kCorrupt, {"expected a list of modules"});
  with([](json& m) { m[1].erase("type"); }, Code::kCorrupt,
       {"module 1", "type is missing, expected a string"});
  with([](json& m) {
         m.push_back({{"path", "3_Dense"}, {"type", "sentence_transformers.models.Dense"}});
       },
       Code::kUnsupported, {"module 3", "models.Dense"});  // after Normalize
}

// Of the image, so what its metadata keeps.
ModelConfig config_of(const HfFolder& folder) {
  auto image = ModelImage::adopt(std::move(folder.import().image), "image");
  EXPECT_TRUE(image.ok()) << image.status().message;
  return image.ok() ? image.value().config() : ModelConfig{};
}

// Memory safety: what the steps of MobileBERT read is there for no other kind of layer.
TEST(Metadata, ABottleneckHasATableOfPositionsAndNoGates) {
  const Metadata sound{.config = config_of(HfFolder("tasks/mobilebert")), .provenance = {}};
  const auto read = read_metadata(write_metadata(sound), "here");
  ASSERT_TRUE(read.ok()) << read.status().message;
  const BottleneckConfig& b = read.value().config.encoder.bottleneck;
  EXPECT_EQ(b.size, 20u);
  EXPECT_EQ(b.feed_forwards, 3u);
  EXPECT_TRUE(b.trigrams && b.no_norm && !b.attention_inside);
  for (const auto& change : {+[](EncoderConfig& encoder) { encoder.gated = true; },
                             +[](EncoderConfig& encoder) { encoder.positions = Positions::kAlibi; }}) {
    Metadata broken = sound;
    change(broken.config.encoder);
    const auto found = read_metadata(write_metadata(broken), "here");
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.status().code, Code::kUnsupported);
    EXPECT_NE(found.status().message.find("here: encoder: a bottleneck of 20 columns"), std::string::npos)
        << found.status().message;
  }
}

// A later program's metadata: this one must not work with a part of them.
TEST(Metadata, AFieldThatIsNotKnownIsRefused) {
  const HfFolder prompted;
  tests::write_file(prompted / "config_sentence_transformers.json", R"({"prompts": {"query": "q: "}})");
  std::set<std::string> seen;
  for (const ModelConfig& config : {config_of(prompted), config_of(HfFolder("tiny_bert_odd")),
                                    config_of(HfFolder("tasks/nomic")), config_of(HfFolder("tasks/mobilebert")),
                                    config_of(HfFolder("tasks/gte")), config_of(HfFolder("tasks/bert_classify"))}) {
    const json whole = json::parse(write_metadata({.config = config, .provenance = {}}));
    const json flat = whole.flatten();
    for (const auto& [path, value] : flat.items()) {
      const std::string parent = path.substr(0, path.rfind('/'));
      const bool is_object = whole.at(json::json_pointer(parent)).is_object();
      if (!is_object || parent == "/source" || parent == "/prompts/texts") continue;
      seen.insert(parent);
      json later = whole;
      later[json::json_pointer(parent)]["later"] = 1;
      const auto read = read_metadata(later.dump(), "here");
      ASSERT_FALSE(read.ok()) << parent;
      EXPECT_EQ(read.status().code, Code::kUnsupported) << read.status().message;
      EXPECT_NE(read.status().message.find(": later is 1, expected no such field"), std::string::npos)
          << read.status().message;
    }
    EXPECT_TRUE(read_metadata(whole.dump(), "here").ok());
  }
  const std::set<std::string> all = {"", "/encoder", "/encoder/rotary", "/encoder/bottleneck", "/dense/0", "/head",
                                     "/prompts"};
  EXPECT_EQ(seen, all);
}

uint32_t max_length_of(const HfFolder& folder) { return config_of(folder).max_length; }

TEST(ImportModules, Pooling) {
  const std::string file = "1_Pooling/config.json";
  const HfFolder folder;
  folder.edit(file, [](json& p) { p["pooling_mode_cls_token"] = true; });
  folder.expect_error(Code::kUnsupported, file, {"cls + mean", "expected one of cls, mean, max"});
  folder.edit(file, [](json& p) { p = {{"pooling_mode", "median"}}; });
  folder.expect_error(Code::kUnsupported, file, {"median"});
  for (const auto& [flag, mode, expected] :
       {std::tuple("pooling_mode_cls_token", "cls", Pooling::kCls),
        std::tuple("pooling_mode_mean_tokens", "mean", Pooling::kMean),
        std::tuple("pooling_mode_max_tokens", "max", Pooling::kMax),
        std::tuple("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Pooling::kMeanSqrtLen),
        std::tuple("pooling_mode_weightedmean_tokens", "weightedmean", Pooling::kWeightedMean),
        std::tuple("pooling_mode_lasttoken", "lasttoken", Pooling::kLast)}) {
    for (const json& config : {json{{flag, true}}, json{{"pooling_mode", mode}}}) {
      folder.edit(file, [&](json& p) { p = config; });
      EXPECT_EQ(config_of(folder).pooling, expected) << mode;
    }
  }
  folder.edit(file, [](json& p) { p = {{"pooling_mode", 1}}; });
  folder.expect_error(Code::kCorrupt, file, {"pooling_mode is 1, expected a string"});
  folder.remove("1_Pooling");
  folder.expect_error(Code::kNotFound, file, {"No such file"});
}

TEST(ImportModules, Prompts) {
  const std::string file = "config_sentence_transformers.json";
  const HfFolder folder;
  EXPECT_TRUE(config_of(folder).prompts.empty());
  tests::write_file(folder / file, R"({"prompts": {"query": "q: ", "document": null}, "default_prompt_name": "query"})");
  folder.edit("1_Pooling/config.json", [](json& p) { p["include_prompt"] = false; });
  const ModelConfig config = config_of(folder);
  ASSERT_EQ(config.prompts.size(), 2u);
  EXPECT_EQ(config.prompts[0].name, "document");
  EXPECT_EQ(config.prompts[0].text, "");
  EXPECT_EQ(config.prompts[1].text, "q: ");
  EXPECT_EQ(config.default_prompt_name, "query");
  EXPECT_FALSE(config.include_prompt);
  tests::write_file(folder / file, R"({"prompts": {"query": "q: "}, "default_prompt_name": "passage"})");
  folder.expect_error(Code::kCorrupt, file, {"default_prompt_name is \"passage\", expected the name of one"});
  tests::write_file(folder / file, R"({"prompts": {"query": 7}})");
  folder.expect_error(Code::kCorrupt, file, {"query is 7, expected a string"});
  tests::write_file(folder / file, R"({"prompts": ["q: "]})");
  folder.expect_error(Code::kCorrupt, file, {"prompts is no object"});
}

TEST(ImportModules, Dense) {
  const std::string config = "2_Dense/config.json", weights = "2_Dense/model.safetensors";
  const HfFolder folder("tiny_bert_odd");
  const auto original = json::parse(tests::read_file(folder / config));
  const auto with = [&](const char* field, const json& value) {
    folder.edit(config, [&](json& d) {
      d = original;
      d[field] = value;
    });
  };
  with("in_features", 31);
  folder.expect_error(Code::kCorrupt, config, {"in_features is 31, expected 30"});
  with("out_features", 21);
  folder.expect_error(Code::kCorrupt, weights, {"linear.", "has shape", "[21", "config.json"});
  with("bias", false);
  folder.expect_error(Code::kUnsupported, weights, {"tensor linear.bias is not part of this Dense"});
  with("activation_function", "torch.nn.modules.activation.ReLU");
  folder.expect_error(Code::kUnsupported, config, {"activation_function", "ReLU", "Tanh or Identity"});
  with("bias", true);
  tests::Safetensors tensors = tests::read_safetensors_file(folder / weights);
  tensors.erase("linear.bias");
  tests::write_safetensors_file(folder / weights, tensors);
  folder.expect_error(Code::kCorrupt, weights, {"linear.bias is missing, expected [20]"});
}

TEST(ImportModules, LowerCaseFirst) {
  const HfFolder folder;  // its tokenizer lowercases anyway
  folder.edit("sentence_bert_config.json", [](json& s) { s["do_lower_case"] = true; });
  folder.import();
  folder.edit("tokenizer.json", [](json& t) { t["normalizer"]["lowercase"] = false; });
  folder.expect_error(Code::kUnsupported, "sentence_bert_config.json", {"do_lower_case is true"});
}

// max_seq_length, else the smaller of model_max_length and the positions.
TEST(ImportModules, MaximumLength) {
  const HfFolder folder;
  EXPECT_EQ(max_length_of(folder), 48u);  // max_seq_length
  folder.edit("tokenizer_config.json", [](json& t) { t["model_max_length"] = 20; });
  EXPECT_EQ(max_length_of(folder), 48u);  // still
  folder.edit("sentence_bert_config.json", [](json& s) { s["max_seq_length"] = nullptr; });
  EXPECT_EQ(max_length_of(folder), 20u);  // model_max_length
  folder.edit("tokenizer_config.json", [](json& t) { t["model_max_length"] = 1000; });
  EXPECT_EQ(max_length_of(folder), 64u);  // the positions
  folder.edit("tokenizer_config.json", [](json& t) { t["model_max_length"] = 1e30; });
  EXPECT_EQ(max_length_of(folder), 64u);  // transformers' "no limit"
  folder.edit("tokenizer.json", [](json& t) { t["truncation"] = {{"max_length", 8}}; });
  EXPECT_EQ(max_length_of(folder), 64u);  // never applied
  folder.edit("sentence_bert_config.json", [](json& s) { s["max_seq_length"] = 1; });
  folder.expect_error(Code::kCorrupt, "", {"the maximum length is 1 tokens, expected at least 2"});
  folder.edit("sentence_bert_config.json", [](json& s) { s["max_seq_length"] = 0; });
  folder.expect_error(Code::kCorrupt, "sentence_bert_config.json", {"max_seq_length is 0"});
}

TEST(ImportModules, NoneIsMeanWithANote) {
  const HfFolder folder;
  folder.remove("modules.json");
  const auto notes = folder.import().notes;
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0], "No modules.json: mean pooling, not normalized.");
}

}  // namespace
}  // namespace linnet::engine
