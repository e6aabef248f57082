// config.json of the families that have fields of their own: every field that is refused, by name.
#include <gtest/gtest.h>

#include "tests/engine/hf_folder.h"

namespace linnet::engine {
namespace {

using tests::HfFolder;
using tests::json;

struct Case {
  const char* field;
  json patch;  // merged into config.json: null takes a field away
  Code code;
  std::vector<std::string> parts;  // of the message, which names the field too
};

Case of(const char* field, const json& value, Code code, const std::vector<std::string>& parts) {
  return {field, {{field, value}}, code, parts};
}

void expect_errors(const std::string& model, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.patch.dump());
    const HfFolder folder("tasks/" + model);
    folder.edit("config.json", [&](json& config) { config.merge_patch(c.patch); });
    std::vector<std::string> parts = c.parts;
    parts.push_back(c.field);
    folder.expect_error(c.code, "config.json", parts);
  }
}

constexpr Code kUnsupported = Code::kUnsupported, kCorrupt = Code::kCorrupt;

TEST(ImportFamilies, DistilBert) {
  std::vector<Case> cases = {of("dim", 0, kCorrupt, {"is 0", "expected a whole number from 1 to 65536"}),
                             of("n_layers", 1025, kCorrupt, {"is 1025", "from 1 to 1024"}),
                             of("activation", "mish", kUnsupported, {"is \"mish\"", "expected gelu, "})};
  for (const char* field : {"dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings"}) {
    cases.push_back(of(field, nullptr, kCorrupt, {"is missing, expected "}));
  }
  expect_errors("distilbert", cases);
}

TEST(ImportFamilies, NomicsOwnForm) {
  const std::string to_65536 = "expected a whole number from 1 to 65536";
  std::vector<Case> cases = {
      of("activation_function", "gelu", kUnsupported, {"is \"gelu\"", "expected \"swiglu\""}),
      of("activation_function", nullptr, kCorrupt, {"is missing, expected a string"}),
      of("rotary_emb_fraction", 0.5, kUnsupported, {"is 0.5", "expected 1"}),
      of("rotary_emb_fraction", 2, kCorrupt, {"is 2", "from 0.0 to 1.0"}),
      of("rotary_emb_scale_base", 512, kUnsupported, {"is 512", "expected null"}),
      of("rotary_emb_base", 0, kCorrupt, {"is 0", "a number above 0"}),
      of("rotary_scaling_factor", 0.5, kCorrupt, {"is 0.5", "from 1.0 to 1024.0"}),
      of("max_trained_positions", nullptr, kCorrupt, {"is missing", to_65536}),
      of("n_positions", 65537, kCorrupt, {"is 65537", to_65536}),
      of("n_inner", 0, kCorrupt, {"is 0", to_65536}),
      of("layer_norm_epsilon", 1, kCorrupt, {"is 1", "above 0, at most 0.5"}),
      of("scale_attn_weights", false, kUnsupported, {"is false", "expected true"}),
      of("num_experts", 8, kUnsupported, {"is 8", "expected 0: no experts"}),
      of("moe_every_n_layers", 2, kUnsupported, {"is 2", "expected 0: no experts"}),
      of("head_dim", 8, kUnsupported, {"is 8", "hidden_size / num_attention_heads"}),
      of("type_vocab_size", 0, kCorrupt, {"is 0"}),
      of("position_embedding_type", "relative_key", kUnsupported, {"expected \"absolute\""}),
  };
  for (const char* field : {"n_layer", "n_head", "n_positions", "layer_norm_epsilon", "type_vocab_size"}) {
    cases.push_back(of(field, nullptr, kCorrupt, {"is missing, expected "}));
  }
  for (const char* flag : {"causal", "prenorm", "parallel_block", "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias",
                           "use_rms_norm", "rotary_emb_interleaved", "scale_attn_by_inverse_layer_idx"}) {
    cases.push_back(of(flag, true, kUnsupported, {"is true", "expected false"}));
    cases.push_back(of(flag, "no", kCorrupt, {"is \"no\"", "expected true or false"}));
  }
  expect_errors("nomic_stretched", cases);
}

TEST(ImportFamilies, NomicInTheFormOfTransformers) {
  const auto rope = [](const json& patch) { return json{{"rope_parameters", patch}}; };
  expect_errors(
      "nomic", {{"rope_type", rope({{"rope_type", "yarn"}}), kUnsupported, {"\"yarn\"", "\"default\" or \"dynamic\""}},
                {"rope_theta", rope({{"rope_theta", -1}}), kCorrupt, {"is -1", "a number above 0"}},
                {"factor", rope({{"rope_type", "dynamic"}}), kCorrupt, {"is missing", "from 1.0 to 1024.0"}},
                {"partial_rotary_factor", rope({{"partial_rotary_factor", 0.5}}), kUnsupported, {"is 0.5"}},
                of("rope_parameters", 7, kCorrupt, {"is a JSON number, expected an object"}),
                of("hidden_act", "mish", kUnsupported, {"is \"mish\"", "expected gelu, "}),
                of("head_dim", 12, kUnsupported, {"is 12", "hidden_size / num_attention_heads"}),
                of("max_position_embeddings", 70000, kUnsupported, {"is 70000", "at most 65536 rotary positions"})});
}

// Heads of an odd size have no pairs of columns that could turn.
TEST(ImportFamilies, NomicWithHeadsOfAnOddSize) {
  expect_errors("nomic_stretched",
                {{"rotary positions", {{"n_head", 8}}, kUnsupported, {"turn 3 columns, expected an even"}}});
}

TEST(ImportFamilies, Jina) {
  expect_errors("jina",
                {of("max_position_embeddings", 70000, kUnsupported, {"is 70000", "at most 65536 ALiBi positions"}),
                 of("feed_forward_type", "original", kUnsupported, {"is \"original\"", "\"geglu\" or \"reglu\""}),
                 of("feed_forward_type", nullptr, kUnsupported, {"is missing", "\"geglu\" or \"reglu\""}),
                 of("hidden_act", "relu", kUnsupported, {"is \"relu\"", "expected \"gelu\""}),
                 of("position_embedding_type", "rotary", kUnsupported, {"\"absolute\" or \"alibi\""}),
                 of("max_position_embeddings", 0, kCorrupt, {"is 0"}),
                 of("is_decoder", true, kUnsupported, {"is true", "expected false"})});
}

TEST(ImportFamilies, Gte) {
  const auto scaling = [](const json& patch) { return json{{"rope_scaling", patch}}; };
  expect_errors(
      "gte", {{"type", scaling({{"type", "linear"}}), kUnsupported, {"rope_scaling", "is \"linear\"", "expected \"ntk\""}},
              {"factor", scaling({{"factor", 0.5}}), kCorrupt, {"is 0.5", "from 1.0 to 1024.0"}},
              {"mixed_b", scaling({{"mixed_b", 0.5}}), kUnsupported, {"is 0.5", "expected null"}},
              of("rope_scaling", 7, kCorrupt, {"is a JSON number, expected an object"}),
              of("rope_theta", 0, kCorrupt, {"is 0", "a number above 0"}),
              of("type_vocab_size", 1, kUnsupported, {"is 1", "expected 0, or at least 2"}),
              of("layer_norm_type", "rms_norm", kUnsupported, {"is \"rms_norm\"", "expected \"layer_norm\""}),
              of("pack_qkv", false, kUnsupported, {"is false", "expected true"}),
              of("logn_attention_scale", true, kUnsupported, {"is true", "expected false"}),
              of("position_embedding_type", "absolute", kUnsupported, {"is \"absolute\"", "expected \"rope\""}),
              of("position_embedding_type", nullptr, kUnsupported, {"is missing", "expected \"rope\""}),
              of("max_position_embeddings", 70000, kCorrupt, {"is 70000", "from 1 to 65536"})});
}

}  // namespace
}  // namespace linnet::engine
