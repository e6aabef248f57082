// What int8 costs all-MiniLM-L6-v2: the pair bound in each matrix, and everything together in the vectors.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/model_image.h"
#include "engine/quantize_weights.h"
#include "linnet/import.h"
#include "tests/engine/embed_all.h"
#include "tests/requirements.h"
#include "tests/temp_dir.h"

namespace linnet::engine {
namespace {

// Squared error of one channel in plain int8, without a bound: the usual scale max|w| / 127.
double plain_error(const std::vector<double>& weights) {
  double most = 0, sum = 0;
  for (const double w : weights) most = std::max(most, std::abs(w));
  for (const double w : weights) {
    const double step = most / 127, d = w - step * std::nearbyint(w / step);
    sum += d * d;
  }
  return sum;
}

struct Int8Quality : testing::Test {
  const tests::TempDir dir;
  const std::string int8_path = dir / "int8.linnet", fp32_path = dir / "fp32.linnet";

  bool import_both() const {
    const auto folder = tests::model_dir();
    if (!folder) {
      tests::skip_or_fail("model");
      return false;
    }
    EXPECT_TRUE(import_model(*folder, fp32_path).ok());
    EXPECT_TRUE(import_model(*folder, int8_path, {.precision = Precision::kInt8, .num_threads = 2}).ok());
    return true;
  }
};

// A matrix of the int8 file, and the same weights rounded each by itself: what feedback (error_feedback.h) takes off
// the outputs' error it adds to the weights', which says nothing about the bound; it has a limit of its own.
TEST_F(Int8Quality, ThePairBoundCostsLittleInEveryMatrix) {
  if (!import_both()) return;
  const auto fp32 = ModelImage::map(fp32_path), int8 = ModelImage::map(int8_path);
  ASSERT_TRUE(fp32.ok() && int8.ok());
  int matrices = 0;
  double worst = 0, worst_of_file = 0;
  for (const Tensor& tensor : int8.value().tensors()) {
    if (tensor.layout != Layout::kPanelsS8) continue;
    ++matrices;
    const size_t k = tensor.cols, k4 = (k + 3) / 4 * 4;
    for (size_t i = 0; i < tensor.bytes.size(); i += 2) {
      ASSERT_LE(std::abs(tensor.s8()[i] + tensor.s8()[i + 1]), kPairBound) << tensor.name;
    }
    const std::string stem(tensor.name.substr(0, tensor.name.rfind('.')));
    const float* const weights = fp32.value().find(tensor.name)->f32();
    const float* const balance = int8.value().find(stem + ".balance")->f32();
    std::vector<float> t(k), scale(16);
    for (size_t l = 0; l < k; ++l) t[l] = 1.0f / balance[l];
    double bounded = 0, of_file = 0, plain = 0;
    const float* const file_scale = int8.value().find(stem + ".scale")->f32();
    for (size_t p = 0; p < (tensor.rows + 15) / 16; ++p) {
      const float* const panel = weights + p * k * 16;
      std::vector<int8_t> values(k4 * 16);
      std::vector<int32_t> sums(16);
      quantize_panel(kernels::kernels_for(kernels::Isa::kScalar), panel, t, {},
                     {values.data(), scale.data(), sums.data()});
      for (size_t j = 0; j < 16; ++j) {
        std::vector<double> column(k);
        for (size_t l = 0; l < k; ++l) {
          column[l] = static_cast<double>(panel[l * 16 + j] * t[l]);
          const int value = values[l / 4 * 64 + j * 4 + l % 4];
          const int file_value = tensor.s8()[p * k4 * 16 + l / 4 * 64 + j * 4 + l % 4];
          bounded += std::pow(column[l] - static_cast<double>(scale[j]) * value, 2);
          of_file += std::pow(column[l] - static_cast<double>(file_scale[p * 16 + j]) * file_value, 2);
        }
        plain += plain_error(column);
      }
    }
    const double ratio = std::sqrt(bounded / plain), with_feedback = std::sqrt(of_file / plain);
    EXPECT_LE(ratio, 1.5) << tensor.name;
    EXPECT_LE(with_feedback, 1.6) << tensor.name;
    worst = std::max(worst, ratio);
    worst_of_file = std::max(worst_of_file, with_feedback);
  }
  EXPECT_EQ(matrices, 24);
  std::printf("rms error of plain int8 times at most %.3f, with feedback %.3f\n", worst, worst_of_file);
}

struct Cosines {
  double mean, least;
};

Cosines cosines(const std::vector<float>& a, const std::vector<float>& b, size_t n) {
  Cosines found{0, 1};
  const size_t dimension = a.size() / n;
  for (size_t i = 0; i < n; ++i) {
    double dot = 0, aa = 0, bb = 0;
    for (size_t j = i * dimension; j < (i + 1) * dimension; ++j) {
      dot += static_cast<double>(a[j]) * static_cast<double>(b[j]);
      aa += static_cast<double>(a[j]) * static_cast<double>(a[j]);
      bb += static_cast<double>(b[j]) * static_cast<double>(b[j]);
    }
    const double cosine = dot / std::sqrt(aa * bb);
    found.mean += cosine / static_cast<double>(n);
    if (!(cosine >= found.least)) found.least = cosine;
  }
  return found;
}

// Floors on a sample, between the (.9993 and .997, .9991 and .998) and what is reached: every 15th query, every
// 25th context.
TEST_F(Int8Quality, TheVectorsStayClose) {
  const auto shared = tests::shared_dir();
  if (!shared) return tests::skip_or_fail("shared");
  if (!import_both()) return;
  const Model fp32 = tests::open_model(fp32_path), int8 = tests::open_model(int8_path);
  const auto expect_close = [&](const std::string& file, size_t step, Cosines floor) {
    const std::vector<std::string> all = tests::read_lines(*shared + "/data/text/" + file);
    std::vector<std::string> texts;
    for (size_t i = 0; i < all.size(); i += step) texts.push_back(all[i]);
    const Cosines found = cosines(tests::embed_all(fp32, texts, 512, {.num_threads = 2}),
                                  tests::embed_all(int8, texts, 512, {.num_threads = 2}), texts.size());
    std::printf("%s: %zu texts, mean %.5f, least %.5f\n", file.c_str(), texts.size(), found.mean, found.least);
    EXPECT_GE(found.mean, floor.mean) << file;
    EXPECT_GE(found.least, floor.least) << file;
  };
  expect_close("banking77_test.txt", 15, {.9995, .9985});
  expect_close("squad_contexts.txt", 25, {.9994, .9985});
}

}  // namespace
}  // namespace linnet::engine
