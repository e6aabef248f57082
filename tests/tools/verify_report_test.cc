// Cosines are between -1 and 1, however their sums round.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tools/verify_report.h"

namespace linnet::tools {
namespace {

TEST(VerifyReport, CosinesEndAtOne) {
  auto reader = RecordReader::open({.files = {}, .texts = {"a"}, .pairs = {}});
  ASSERT_TRUE(reader.ok()) << reader.status().message;
  Record record;
  ASSERT_TRUE(reader.value().next(record).ok());
  Verdict along, against;
  // Vectors and thrice the same, exactly; it is the sums of their products that have to be rounded.
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    std::vector<float> vector, longer, negative;
    for (int j = 0; j < 64; ++j) {
      const float x = std::ldexp(static_cast<float>(random() >> 12), static_cast<int>(random() % 16));
      vector.push_back(x);
      longer.push_back(3 * x);
      negative.push_back(-3 * x);
    }
    along.add(vector, longer, reader.value(), record, false);
    against.add(vector, negative, reader.value(), record, false);
  }
  const auto n = static_cast<double>(along.texts);
  EXPECT_LE(along.sum_cosine, n);
  EXPECT_NEAR(along.min_cosine, 1, 1e-14);
  EXPECT_EQ(against.min_cosine, -1);
  EXPECT_NEAR(against.sum_cosine, -n, n * 1e-14);

  const std::vector<float> one = {1, 2, 3}, odd = {1, std::numeric_limits<float>::quiet_NaN(), 3};
  along.add(one, odd, reader.value(), record, false);
  EXPECT_TRUE(std::isnan(along.min_cosine));
}

}  // namespace
}  // namespace linnet::tools
