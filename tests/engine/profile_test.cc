// EmbedOptions::profile: parts that are there, that add up to no more than the time there was, and the
// same vectors.
#include "linnet/profile.h"

#include <chrono>
#include <numeric>

#include "linnet/embedder.h"
#include "linnet/machine.h"
#include "tests/engine/embed_all.h"

namespace linnet {
namespace {

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

struct Measured {
  EmbedStats stats;
  std::vector<float> vectors;
  double seconds = 0;  // of the wall

  double sum() const {
    return std::accumulate(std::begin(stats.profile.seconds), std::end(stats.profile.seconds), 0.0);
  }
  double of(Part part) const { return stats.profile.seconds[static_cast<size_t>(part)]; }
};

Measured measure(const EmbedOptions& options) {
  auto embedder = Embedder::create(tests::open_model(kTiny), options);
  EXPECT_TRUE(embedder.ok());
  const std::vector<std::string> texts = tests::various_texts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  Measured found;
  found.vectors.resize(texts.size() * embedder.value().dimension());
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(embedder.value().embed(views, found.vectors, &found.stats).ok());
  }
  found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return found;
}

TEST(Profile, EveryPartThatFp32HasTakesTime) {
  const Measured found = measure({.profile = true});
  for (size_t i = 0; i < kNumParts; ++i) {
    const auto part = static_cast<Part>(i);
    if (part == Part::kQuantize) {
      EXPECT_EQ(found.of(part), 0);
    } else {
      EXPECT_GT(found.of(part), 0) << part_name(part);
    }
  }
}

// A worker's parts add up to the time between its start and its end, which lies inside the call.
TEST(Profile, PartsAddUpToNoMoreThanTheTimeOfAllWorkers) {
  for (const uint32_t threads : {1u, 3u}) {
    const Measured found = measure({.num_threads = threads, .profile = true});
    EXPECT_GT(found.sum(), 0);
    EXPECT_LE(found.sum(), found.seconds * threads);
  }
}

TEST(Profile, NothingIsMeasuredUnlessAskedFor) { EXPECT_EQ(measure({}).sum(), 0); }

TEST(Profile, ChangesNoBit) {
  EXPECT_TRUE(tests::same_bits(measure({}).vectors, measure({.profile = true}).vectors));
}

TEST(Profile, NamesEveryPart) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kNumParts; ++i) names.emplace_back(part_name(static_cast<Part>(i)));
  EXPECT_EQ(names, (std::vector<std::string>{"gemm", "attention", "softmax", "norm", "activation",
                                             "quantize", "gather", "tokenizer", "other"}));
}

TEST(Machine, HasThePeakOfEachTierItHas) {
  for (const TierInfo& tier : cpu_tiers()) {
    SCOPED_TRACE(tier.name);
    const bool has_peak = tier.supported && tier.detail != "portable";
    EXPECT_EQ(measure_fma_peak(tier.name) > 0, has_peak);
    EXPECT_EQ(measure_int8_peak(tier.name) > 0, has_peak);
  }
  EXPECT_EQ(measure_fma_peak("none"), 0);
}

}  // namespace
}  // namespace linnet
