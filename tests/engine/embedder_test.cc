// What the public API answers to wrong arguments, and that its options do what they say.
#include "linnet/embedder.h"

#include <cmath>

#include "linnet/linnet.h"
#include "linnet/import.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"

namespace linnet {
namespace {

using tests::embed_all;
using tests::open_model;

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

std::string failure(const EmbedOptions& options) {
  const auto embedder = Embedder::create(open_model(kTiny), options);
  EXPECT_FALSE(embedder.ok());
  EXPECT_EQ(embedder.status().code, Code::kInvalidArgument);
  return embedder.status().message;
}

TEST(Embedder, RefusesLengthsTheModelDoesNotHave) {
  const Model model = open_model(kTiny);
  const std::string most = std::to_string(model.info().max_positions);
  EXPECT_EQ(failure({.max_length = 1}),
            "max_length 1, expected 2 to " + most + ", the positions this model has");
  EXPECT_EQ(failure({.max_length = 1'000'000}),
            "max_length 1000000, expected 2 to " + most + ", the positions this model has");
}

TEST(Embedder, RefusesZeroAndAbsurdThreadCounts) {
  EXPECT_EQ(failure({.num_threads = 0}), "num_threads 0, expected 1 to 1024");
  EXPECT_EQ(failure({.num_threads = 1'000'000}), "num_threads 1000000, expected 1 to 1024");
}

TEST(Model, RefusesAbsurdThreadCounts) {
  const auto model = Model::open(kTiny, {.isa = "", .precision = Precision::kInt8, .num_threads = 100'000});
  EXPECT_EQ(model.status().message, "num_threads 100000, expected 1 to 1024");
}

TEST(Embedder, RefusesVectorsOfAnotherSize) {
  auto embedder = Embedder::create(open_model(kTiny));
  const std::string_view texts[] = {"a", "b"};
  std::vector<float> vectors(2 * embedder.value().dimension() + 1);
  const Status status = embedder.value().embed(texts, vectors);
  EXPECT_EQ(status.code, Code::kInvalidArgument);
  EXPECT_EQ(status.message, "vectors has room for 65 numbers, expected 2 x 32");
}

TEST(Embedder, TakesNoTextsAndLessTextsThanThreads) {
  const Model model = open_model(kTiny);
  EXPECT_TRUE(embed_all(model, {}, 512, {.num_threads = 3}).empty());
  EXPECT_TRUE(tests::same_bits(embed_all(model, {"one text"}, 512, {.num_threads = 3}),
                               embed_all(model, {"one text"}, 512)));
}

TEST(Embedder, PoolsAsAsked) {
  const Model model = open_model(kTiny);
  const std::vector<std::string> text = {"a few words to pool"};
  const auto of = [&](Pooling pooling) {
    return embed_all(model, text, 1, {.pooling = pooling, .normalize = false});
  };
  for (const Pooling pooling : {Pooling::kMeanSqrtLen, Pooling::kWeightedMean, Pooling::kLast}) {
    for (const Pooling other : kPoolings) {
      EXPECT_EQ(tests::same_bits(of(pooling), of(other)), other == pooling) << pooling_name(pooling);
    }
  }
  const std::vector<float> mean = of(Pooling::kMean), cls = of(Pooling::kCls), max = of(Pooling::kMax);
  EXPECT_FALSE(tests::same_bits(mean, cls));
  for (size_t i = 0; i < mean.size(); ++i) {
    EXPECT_GE(max[i], mean[i]);
    EXPECT_GE(max[i], cls[i]);
  }
}

TEST(Embedder, NormalizesAsAsked) {
  const Model model = open_model(kTiny);
  const std::vector<float> unit = embed_all(model, {"some words"}, 1, {.normalize = true});
  const std::vector<float> raw = embed_all(model, {"some words"}, 1, {.normalize = false});
  double norm = 0;
  for (const float x : raw) norm += static_cast<double>(x) * x;
  for (size_t i = 0; i < unit.size(); ++i) EXPECT_NEAR(unit[i], raw[i] / std::sqrt(norm), 1e-6);
}

TEST(Embedder, CutsAndNormalizesAnew) {
  const Model model = open_model(kTiny);
  const std::vector<std::string> texts = {"some words", "", "others, and more of them"};
  const std::vector<float> all = embed_all(model, texts, 3, {.normalize = false});
  for (const uint32_t dimension : {1u, 7u, 31u, 32u}) {
    const std::vector<float> raw = embed_all(model, texts, 3, {.normalize = false, .dimension = dimension});
    const std::vector<float> unit = embed_all(model, texts, 3, {.normalize = true, .dimension = dimension});
    ASSERT_EQ(raw.size(), 3 * dimension);
    ASSERT_EQ(unit.size(), 3 * dimension);
    for (size_t text = 0; text < 3; ++text) {
      double norm = 0;
      for (size_t i = 0; i < dimension; ++i) norm += std::pow(static_cast<double>(all[text * 32 + i]), 2);
      for (size_t i = 0; i < dimension; ++i) {
        const float x = all[text * 32 + i];
        EXPECT_EQ(raw[text * dimension + i], x);
        EXPECT_NEAR(unit[text * dimension + i], x / std::sqrt(norm), 1e-6);
      }
    }
  }
  EXPECT_EQ(failure({.dimension = 33}),
            "dimension 33, expected 1 to 32, the numbers a vector of this model has");
}

// A prompt is the start of the text, whoever asks for it.
TEST(Embedder, WritesPromptsBeforeTexts) {
  const tests::HfFolder folder;
  tests::write_file(folder / "config_sentence_transformers.json",
                    R"({"prompts": {"query": "the query: ", "none": ""}, "default_prompt_name": "query"})");
  const Model model = open_model(folder.path()), plain = open_model(kTiny);
  const std::vector<float> with = embed_all(plain, {"the query: cats", "the query: "}, 2);
  const std::vector<float> without = embed_all(plain, {"cats", ""}, 2);
  ASSERT_FALSE(tests::same_bits(with, without));
  const auto vectors = [&](const EmbedOptions& options) { return embed_all(model, {"cats", ""}, 2, options); };
  EXPECT_TRUE(tests::same_bits(vectors({}), with));
  EXPECT_TRUE(tests::same_bits(vectors({.prompt_name = "query"}), with));
  EXPECT_TRUE(tests::same_bits(vectors({.prompt_name = "none"}), without));
  EXPECT_TRUE(tests::same_bits(vectors({.prompt = ""}), without));
  EXPECT_TRUE(tests::same_bits(embed_all(plain, {"cats", ""}, 2, {.prompt = "the query: "}), with));

  const auto refused = [](const Model& m, const EmbedOptions& options) {
    const auto embedder = Embedder::create(m, options);
    return embedder.ok() ? std::string() : embedder.status().message;
  };
  EXPECT_EQ(refused(model, {.prompt_name = "passage"}), "prompt name passage: expected one of none, query");
  EXPECT_EQ(refused(plain, {.prompt_name = "query"}), "prompt name query: this model has no prompts");
  EXPECT_EQ(refused(model, {.prompt = "a", .prompt_name = "query"}),
            "a prompt is given and the name of one, query: expected one of the two");
  EXPECT_EQ(refused(plain, {.prompt = "a b c d", .max_length = 6}),
            "the prompt fills all 6 tokens of max_length, expected room for a text");
}

// import keeps the prompts in the .linnet file.
TEST(Embedder, FindsPromptsInAFile) {
  const tests::HfFolder folder;
  tests::write_file(folder / "config_sentence_transformers.json",
                    R"({"prompts": {"query": "the query: "}, "default_prompt_name": "query"})");
  folder.edit("1_Pooling/config.json", [](nlohmann::json& p) { p["include_prompt"] = false; });
  const std::string file = folder.dir() / "model.linnet";
  ASSERT_TRUE(import_model(folder.path(), file).ok());
  const Model model = open_model(file);
  ASSERT_EQ(model.info().prompts.size(), 1u);
  EXPECT_EQ(model.info().prompts[0].text, "the query: ");
  EXPECT_EQ(model.info().default_prompt_name, "query");
  EXPECT_FALSE(model.info().include_prompt);
  EXPECT_TRUE(tests::same_bits(embed_all(model, {"cats"}, 1), embed_all(open_model(folder.path()), {"cats"}, 1)));
}

TEST(Embedder, CountsWhatItRead) {
  auto embedder = Embedder::create(open_model(kTiny), {.max_length = 8});
  const std::string_view texts[] = {"", "a b c d e f g h i j k l", "bad \xff byte"};
  std::vector<float> vectors(3 * embedder.value().dimension());
  EmbedStats stats;
  for (int round = 1; round <= 2; ++round) {
    ASSERT_TRUE(embedder.value().embed(texts, vectors, &stats).ok());
    EXPECT_EQ(stats.texts, 3u * static_cast<uint64_t>(round));
    EXPECT_EQ(stats.truncated, 1u * static_cast<uint64_t>(round));
    EXPECT_EQ(stats.repaired, 1u * static_cast<uint64_t>(round));
  }
}

TEST(Model, OutlivesItsHandle) {
  auto embedder = [] { return Embedder::create(open_model(kTiny)); }();
  const std::string_view text[] = {"still here"};
  std::vector<float> vector(embedder.value().dimension());
  EXPECT_TRUE(embedder.value().embed(text, vector).ok());
}

TEST(Model, NamesATierThatDoesNotExist) {
  const auto model = Model::open(kTiny, {.isa = "sse9"});
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().message,
            "isa sse9: no such tier, expected one of scalar, avx2, avx2-vnni, avx512, avx512-vnni, avx512-amx");
}

TEST(CApi, EmbedsAsTheCppApiDoes) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(kTiny.c_str(), &model), LINNET_OK) << linnet_error_text();
  linnet_embedder* embedder = nullptr;
  ASSERT_EQ(linnet_embedder_create(model, 2, &embedder), LINNET_OK) << linnet_error_text();
  const char* texts[] = {"one", "and two"};
  std::vector<float> vectors(2 * linnet_dimension(model));
  ASSERT_EQ(linnet_embed(embedder, texts, nullptr, 2, vectors.data()), LINNET_OK);
  EXPECT_TRUE(tests::same_bits(vectors, embed_all(open_model(kTiny), {"one", "and two"}, 2)));
  linnet_embedder_free(embedder);
  linnet_close(model);
}

TEST(CApi, TakesOptions) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(kTiny.c_str(), &model), LINNET_OK) << linnet_error_text();
  linnet_embedder* embedder = nullptr;
  linnet_embed_options options = {};
  options.dimension = 5;
  options.prompt = "the query: ";
  ASSERT_EQ(linnet_embedder_create_with(model, &options, &embedder), LINNET_OK) << linnet_error_text();
  ASSERT_EQ(linnet_embedder_dimension(embedder), 5u);
  const char* texts[] = {"one", "and two"};
  std::vector<float> vectors(2 * 5);
  ASSERT_EQ(linnet_embed(embedder, texts, nullptr, 2, vectors.data()), LINNET_OK);
  EXPECT_TRUE(tests::same_bits(vectors, embed_all(open_model(kTiny), {"one", "and two"}, 2,
                                                  {.dimension = 5, .prompt = "the query: "})));
  linnet_embedder_free(embedder);
  options = {};
  options.max_length = 3;
  options.pooling = "max";
  options.normalize = -1;
  ASSERT_EQ(linnet_embedder_create_with(model, &options, &embedder), LINNET_OK) << linnet_error_text();
  vectors.resize(2 * linnet_embedder_dimension(embedder));
  ASSERT_EQ(linnet_embed(embedder, texts, nullptr, 2, vectors.data()), LINNET_OK);
  const EmbedOptions same{.pooling = Pooling::kMax, .normalize = false, .max_length = 3};
  EXPECT_TRUE(tests::same_bits(vectors, embed_all(open_model(kTiny), {"one", "and two"}, 2, same)));
  linnet_embedder_free(embedder);
  options.pooling = "median";
  EXPECT_EQ(linnet_embedder_create_with(model, &options, &embedder), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(),
               "pooling median: expected one of cls, mean, max, mean-sqrt-len, weighted-mean, last");
  options = {};
  options.prompt = "the query: ";
  options.prompt_name = "query";
  EXPECT_EQ(linnet_embedder_create_with(model, &options, &embedder), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(embedder, nullptr);
  EXPECT_EQ(linnet_embedder_dimension(nullptr), 0u);
  linnet_close(model);
}

TEST(CApi, ImportsAsTheCppApiDoes) {
  const tests::TempDir dir;
  for (const auto& [name, precision] : {std::pair("fp32", Precision::kFp32), std::pair("int8", Precision::kInt8)}) {
    ASSERT_EQ(linnet_import(kTiny.c_str(), (dir / "c").c_str(), name, nullptr, 0), LINNET_OK) << linnet_error_text();
    ASSERT_TRUE(import_model(kTiny, dir / "cpp", {.precision = precision}).ok());
    EXPECT_EQ(tests::read_file(dir / "c"), tests::read_file(dir / "cpp")) << name;
  }
  EXPECT_EQ(linnet_import(kTiny.c_str(), (dir / "d").c_str(), "fp64", nullptr, 1), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "precision fp64: expected fp32 or int8");
  EXPECT_EQ(linnet_import((dir / "none").c_str(), (dir / "d").c_str(), nullptr, nullptr, 1), LINNET_NOT_FOUND);
  EXPECT_EQ(linnet_import(nullptr, (dir / "d").c_str(), nullptr, nullptr, 1), LINNET_INVALID_ARGUMENT);
}

TEST(CApi, OpensWithOptions) {
  const std::string text = "hello world";
  const auto cpp = Model::open(kTiny, {.isa = "scalar", .precision = Precision::kInt8});
  ASSERT_TRUE(cpp.ok()) << cpp.status().message;
  const std::vector<float> expected = tests::embed_all(cpp.value(), {text}, 1);

  linnet_open_options options = {};
  options.verify_tensors = 1;
  options.isa = "scalar";
  options.precision = "int8";
  options.backend = "linnet";
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open_with(kTiny.c_str(), &options, &model), LINNET_OK) << linnet_error_text();
  linnet_embedder* embedder = nullptr;
  ASSERT_EQ(linnet_embedder_create(model, 1, &embedder), LINNET_OK) << linnet_error_text();
  std::vector<float> vector(linnet_dimension(model));
  const char* const texts[] = {text.c_str()};
  ASSERT_EQ(linnet_embed(embedder, texts, nullptr, 1, vector.data()), LINNET_OK) << linnet_error_text();
  EXPECT_TRUE(tests::same_bits(vector, expected));
  linnet_embedder_free(embedder);
  linnet_close(model);

  options.precision = "fp64";
  EXPECT_EQ(linnet_open_with(kTiny.c_str(), &options, &model), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "precision fp64: expected fp32 or int8");
  EXPECT_EQ(model, nullptr);
  options.precision = nullptr;
  options.backend = "blas";
  EXPECT_EQ(linnet_open_with(kTiny.c_str(), &options, &model), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "backend blas: expected linnet or onednn");
}

TEST(CApi, SaysWhatIsMissing) {
  linnet_model* model = nullptr;
  EXPECT_EQ(linnet_open(nullptr, &model), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "path is NULL");
  ASSERT_EQ(linnet_open(kTiny.c_str(), &model), LINNET_OK);
  int32_t ids[4];
  size_t num_ids = 9;
  EXPECT_EQ(linnet_tokenize(model, "a", 1, ids, nullptr, 1, &num_ids), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(num_ids, 0u);
  EXPECT_EQ(linnet_tokenize(model, "a b c d e f", 11, ids, nullptr, 4, &num_ids), LINNET_OK);
  EXPECT_EQ(num_ids, 4u);
  linnet_close(model);
}

}  // namespace
}  // namespace linnet
