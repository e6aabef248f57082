// The numbers contract: a text's vector has the same bits on every tier, in every batch, in any order,
// with every thread count, from a folder and from a .linnet file, whatever the caller did to the FPU.
#include <xmmintrin.h>

#include <algorithm>
#include <cfenv>
#include <numeric>

#include "linnet/import.h"
#include "tests/engine/embed_all.h"
#include "tests/requirements.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

using tests::embed_all;
using tests::open_model;
using tests::same_bits;

class SameBits : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() != "minilm") {
      path_ = LINNET_SOURCE_DIR "/tests/golden/" + GetParam();
    } else if (const auto dir = tests::model_dir()) {
      path_ = *dir;
    } else {
      tests::skip_or_fail("model");
    }
  }

  // Embeds everything in one call with one thread, on the best tier.
  std::vector<float> expected() const { return embed_all(open_model(path_), texts_, 512); }

  std::string path_;
  const std::vector<std::string> texts_ = tests::various_texts();
};

TEST_P(SameBits, OnEveryTier) {
  const std::vector<float> vectors = expected();
  for (const TierInfo& tier : cpu_tiers()) {
    if (!tier.supported) continue;
    EXPECT_TRUE(same_bits(embed_all(open_model(path_, tier.name), texts_, 512), vectors))
        << tier.name;
  }
}

TEST_P(SameBits, InEveryBatch) {
  const std::vector<float> vectors = expected();
  for (const size_t batch : {1u, 3u, 64u}) {
    EXPECT_TRUE(same_bits(embed_all(open_model(path_), texts_, batch), vectors)) << batch;
  }
}

TEST_P(SameBits, InAnyOrder) {
  const std::vector<float> vectors = expected();
  const size_t n = texts_.size(), dimension = vectors.size() / n;
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  // 37 is prime and does not divide n: every text meets other neighbours.
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return a * 37 % n < b * 37 % n; });
  std::vector<std::string> shuffled;
  for (const size_t i : order) shuffled.push_back(texts_[i]);
  const std::vector<float> found = embed_all(open_model(path_), shuffled, 512);
  std::vector<float> restored(found.size());
  for (size_t i = 0; i < n; ++i) {
    std::copy_n(found.begin() + static_cast<ptrdiff_t>(i * dimension), dimension,
                restored.begin() + static_cast<ptrdiff_t>(order[i] * dimension));
  }
  EXPECT_TRUE(same_bits(restored, vectors));
}

TEST_P(SameBits, WithEveryThreadCount) {
  const std::vector<float> vectors = expected();
  for (const uint32_t threads : {2u, 7u}) {
    EXPECT_TRUE(same_bits(
        embed_all(open_model(path_), texts_, 512, {.num_threads = threads}), vectors))
        << threads;
  }
}

TEST_P(SameBits, FromFolderAndFile) {
  const tests::TempDir dir;
  const auto report = import_model(path_, dir / "model.linnet");
  ASSERT_TRUE(report.ok()) << report.status().message;
  EXPECT_TRUE(same_bits(embed_all(open_model(dir / "model.linnet"), texts_, 512), expected()));
}

TEST_P(SameBits, WhateverTheCallerSet) {
  const std::vector<float> vectors = expected();
  const unsigned mxcsr = _mm_getcsr();
  constexpr unsigned kFlushAndZero = 0x8040, kRoundUp = 0x4000;
  for (const unsigned mode : {kFlushAndZero, kRoundUp, kFlushAndZero | kRoundUp}) {
    _mm_setcsr(mxcsr | mode);
    const std::vector<float> found = embed_all(open_model(path_), texts_, 512, {.num_threads = 2});
    const unsigned after = _mm_getcsr();
    _mm_setcsr(mxcsr);
    EXPECT_TRUE(same_bits(found, vectors)) << mode;
    EXPECT_EQ(after & 0xffc0u, (mxcsr | mode) & 0xffc0u);
  }
}

const auto kName = [](const auto& test) { return test.param; };
INSTANTIATE_TEST_SUITE_P(Tiny, SameBits,
                         testing::Values("tiny_bert", "tiny_bert_odd", "tiny_bert_plain"), kName);
#ifndef LINNET_SLOW_BUILD
INSTANTIATE_TEST_SUITE_P(Real, SameBits, testing::Values("minilm"), kName);
#endif

}  // namespace
}  // namespace linnet
