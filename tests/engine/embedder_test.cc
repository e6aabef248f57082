// What the public API answers to wrong arguments, and that its options do what they say.
#include "linnet/embedder.h"

#include <cmath>

#include "linnet/linnet.h"
#include "tests/engine/embed_all.h"

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
            "isa sse9: no such tier, expected one of scalar, avx2, avx2-vnni, avx512, avx512-vnni");
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
