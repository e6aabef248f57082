// The numbers contract: a text's vector has the same bits on every tier, in every batch, in any order,
// with every thread count, from a folder and from a .linnet file, whatever the caller did to the FPU. In
// fp32 and, where the name ends in _int8, in int8.
#include <xmmintrin.h>

#include <algorithm>
#include <cfenv>
#include <filesystem>
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
    std::string name = GetParam();
    if (name.size() > 5 && name.substr(name.size() - 5) == "_int8") {
      name.resize(name.size() - 5);
      precision_ = Precision::kInt8;
    }
    if (name != "minilm") {
      folder_ = LINNET_SOURCE_DIR "/tests/golden/" + name;
    } else if (const auto dir = tests::model_dir()) {
      folder_ = *dir;
    } else {
      return tests::skip_or_fail("model");
    }
    path_ = file();
  }

  // Made once: that takes seconds.
  std::string file() const {
    static const tests::TempDir dir;
    const std::string path = dir / (std::filesystem::path(GetParam()).filename().string() + ".linnet");
    if (std::filesystem::exists(path)) return path;
    const auto report = import_model(folder_, path, {.precision = precision_});
    EXPECT_TRUE(report.ok()) << report.status().message;
    return path;
  }

  // Embeds everything in one call with one thread, on the best tier.
  std::vector<float> expected() const { return embed_all(open_model(path_), texts_, 512); }

  std::string folder_, path_;  // path_: what the tests open
  Precision precision_ = Precision::kFp32;
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

TEST_P(SameBits, InEveryMode) {
  const std::vector<float> vectors = expected();
  for (const Mode mode : {Mode::kThroughput, Mode::kLatency}) {
    EXPECT_TRUE(same_bits(
        embed_all(open_model(path_), texts_, 50, {.num_threads = 3, .mode = mode}), vectors))
        << static_cast<int>(mode);
  }
}

TEST_P(SameBits, FromFolderAndFile) {
  const tests::TempDir dir;
  const auto report = import_model(folder_, dir / "model.linnet", {.precision = precision_, .num_threads = 3});
  ASSERT_TRUE(report.ok()) << report.status().message;
  EXPECT_TRUE(same_bits(embed_all(open_model(dir / "model.linnet"), texts_, 512), expected()));
  const auto opened = Model::open(folder_, {.isa = "", .precision = precision_, .num_threads = 2});
  ASSERT_TRUE(opened.ok()) << opened.status().message;
  EXPECT_TRUE(same_bits(embed_all(opened.value(), texts_, 512), expected()));
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

const auto kName = [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
};
INSTANTIATE_TEST_SUITE_P(Tiny, SameBits,
                         testing::Values("tiny_bert", "tiny_bert_odd", "tiny_bert_plain", "tiny_bert_int8",
                                         "tiny_bert_odd_int8", "tiny_bert_plain_int8",
                                         "tasks/mobilebert", "tasks/mobilebert_wide", "tasks/mobilebert_int8",
                                         "tasks/mobilebert_inside_int8"), kName);
#ifndef LINNET_SLOW_BUILD
INSTANTIATE_TEST_SUITE_P(Real, SameBits, testing::Values("minilm", "minilm_int8"), kName);
#endif

}  // namespace
}  // namespace linnet
