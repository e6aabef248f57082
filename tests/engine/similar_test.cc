// SimilarSearch against the obvious double loop in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/kernels.h"
#include "linnet/similar.h"

namespace linnet {
namespace {

std::vector<float> random_vectors(size_t n, size_t d, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(n * d);
  for (float& v : values) v = static_cast<float>(random() >> 8) / 8388608.0f - 1.0f;
  return values;
}

double similarity(const float* a, const float* b, size_t d, bool cosine) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t k = 0; k < d; ++k) {
    dot += static_cast<double>(a[k]) * b[k];
    aa += static_cast<double>(a[k]) * a[k];
    bb += static_cast<double>(b[k]) * b[k];
  }
  return cosine ? dot / std::sqrt(aa * bb) : dot;
}

SimilarSearch search(const std::vector<float>& queries, size_t d, const SimilarOptions& options) {
  auto made = SimilarSearch::create(queries, d, options);
  if (!made.ok()) throw std::runtime_error(made.status().message);
  return std::move(made.value());
}

TEST(SimilarSearch, FindsWhatTheDoubleLoopFinds) {
  constexpr size_t kQueries = 67, kCandidates = 611, kDimension = 37;
  const auto a = random_vectors(kQueries, kDimension, 1);
  const auto b = random_vectors(kCandidates, kDimension, 2);
  for (const bool cosine : {true, false}) {
    std::vector<std::vector<Neighbour>> first;
    for (size_t i = 0; i < kernels::kNumIsas; ++i) {
      const auto isa = static_cast<kernels::Isa>(i);
      if (!kernels::isa_supported(isa)) continue;
      for (const size_t block : {kCandidates, size_t{1}, size_t{100}}) {
        SimilarSearch found = search(a, kDimension, {.top_k = 9,
                                                     .cosine = cosine,
                                                     .num_threads = block == 1 ? 1u : 3u,
                                                     .isa = kernels::isa_name(isa)});
        for (size_t at = 0; at < kCandidates; at += block) {
          const size_t n = std::min(block, kCandidates - at);
          ASSERT_TRUE(found.add(std::span(b).subspan(at * kDimension, n * kDimension)).ok());
        }
        for (size_t q = 0; q < kQueries; ++q) {
          const auto neighbours = found.neighbours(q);
          ASSERT_EQ(neighbours.size(), 9u);
          if (first.size() == q) {
            first.push_back(neighbours);
            std::vector<std::pair<double, size_t>> all;
            for (size_t c = 0; c < kCandidates; ++c) {
              all.emplace_back(-similarity(&a[q * kDimension], &b[c * kDimension], kDimension, cosine), c);
            }
            std::sort(all.begin(), all.end());
            for (size_t r = 0; r < 9; ++r) {
              EXPECT_EQ(neighbours[r].index, all[r].second);
              EXPECT_NEAR(neighbours[r].score, -all[r].first, 1e-5);
            }
          }
          for (size_t r = 0; r < 9; ++r) {  // the same bits, however it was done
            EXPECT_EQ(neighbours[r].index, first[q][r].index);
            EXPECT_EQ(neighbours[r].score, first[q][r].score);
          }
        }
      }
    }
  }
}

TEST(SimilarSearch, TiesZerosNanAndItself) {
  const std::vector<float> vectors = {1, 0, 2, 0, 0, 0, NAN, 1, 0, 1, 3, 0};  // six of two numbers
  SimilarSearch found = search(vectors, 2, {.top_k = 4, .exclude_self = true});
  ASSERT_TRUE(found.add(vectors).ok());
  const auto of_first = found.neighbours(0);  // cosine 1 with 1 and 5, 0 with 2 and 4, none with 3
  ASSERT_EQ(of_first.size(), 4u);
  EXPECT_EQ(of_first[0].index, 1u);
  EXPECT_EQ(of_first[1].index, 5u);
  EXPECT_EQ(of_first[2].index, 2u);
  EXPECT_EQ(of_first[3].index, 4u);
  EXPECT_EQ(of_first[0].score, 1.0f);
  EXPECT_TRUE(found.neighbours(3).empty());  // all of its scores are no numbers
  SimilarSearch few = search({1, 0}, 2, {.top_k = 10});
  EXPECT_TRUE(few.neighbours(0).empty());
}

TEST(SimilarSearch, RefusesSizesThatDoNotFit) {
  const std::vector<float> five(5);
  EXPECT_FALSE(SimilarSearch::create(five, 2).ok());
  EXPECT_FALSE(SimilarSearch::create(five, 0).ok());
  EXPECT_FALSE(SimilarSearch::create(five, 5, {.top_k = 0}).ok());
  EXPECT_FALSE(SimilarSearch::create(five, 5, {.isa = "sse"}).ok());
  SimilarSearch found = search(five, 5, {});
  EXPECT_EQ(found.add(std::vector<float>(4)).code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace linnet
