// oneDNN on Linnet's weights: int8 to the bit, fp32 to what the order of a sum can change. Runs once for
// each instruction set that oneDNN can be held to (DNNL_MAX_CPU_ISA).
#include "engine/backend_onednn.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "engine/model_impl.h"
#include "engine/pipeline.h"
#include "engine/threads.h"
#include "tests/engine/embed_all.h"
#include "tests/kernels/s8_operands.h"

namespace linnet::engine {
namespace {

using tests::S8Operands;
using tests::S8Values;

void check_s8(size_t m, size_t k, size_t panels, S8Values values, uint32_t seed) {
  S8Operands operands(m, k, panels, values, seed);
  if (m > 2) operands.row_scale[1] = std::numeric_limits<float>::quiet_NaN();
  const size_t n = 16 * panels, ldc = n + seed % 5;
  std::vector<float> ours(m * ldc, 7.0f), theirs = ours;
  kernels::kernels_for(kernels::best_isa())
      .gemm_s8(operands.rows(), m, operands.packed(), ours.data(), ldc);

  auto matrix = OneDnnMatrix::create(operands.packed());
  ASSERT_TRUE(matrix.ok()) << matrix.status().message;
  const Status ready = matrix.value().prepare(m, operands.ld, ldc);
  ASSERT_TRUE(ready.ok()) << ready.message;
  const Status done = matrix.value().gemm_s8(operands.rows(), m, theirs.data(), ldc);
  ASSERT_TRUE(done.ok()) << done.message;
  const bool same = std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(float)) == 0;
  EXPECT_TRUE(same) << m << " x " << k << " x " << panels << " by "
                    << matrix.value().implementation(m, operands.ld, ldc);
}

TEST(OneDnn, Int8HasOurBits) {
  for (const size_t k : {1, 3, 4, 17, 64, 383, 384, 1536}) {
    for (const size_t m : {1, 2, 4, 15, 16, 17, 64}) {
      for (const size_t panels : {1, 3, 24}) {
        check_s8(m, k, panels, S8Values::kRandom, static_cast<uint32_t>(k + 7 * m + panels));
      }
    }
  }
}

// The greatest sums that two neighbours can have: were pairs formed otherwise, vpmaddubsw would saturate.
TEST(OneDnn, PairBoundedWeightsDoNotSaturate) {
  for (const size_t k : {2, 64, 255, 768, 1000, 3072}) {
    for (const size_t m : {1, 2, 4, 16, 33}) {
      check_s8(m, k, 5, S8Values::kExtreme, static_cast<uint32_t>(k + m));
    }
  }
}

TEST(OneDnn, Fp32DiffersByRoundingOnly) {
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  for (const size_t k : {1, 7, 64, 384, 1536}) {
    for (const size_t m : {1, 5, 16, 65}) {
      const size_t panels = 1 + k % 4, n = 16 * panels, lda = k + 3, ldc = n + 5;
      std::vector<float> a(m * lda), b(panels * k * 16), c(m * ldc, 7.0f);
      for (float& x : a) x = normal(engine);
      for (float& x : b) x = normal(engine);
      auto matrix = OneDnnMatrix::create(b.data(), panels, k);
      ASSERT_TRUE(matrix.ok()) << matrix.status().message;
      const Status ready = matrix.value().prepare(m, lda, ldc);
      ASSERT_TRUE(ready.ok()) << ready.message;
      const Status done = matrix.value().gemm_f32(a.data(), lda, m, c.data(), ldc);
      ASSERT_TRUE(done.ok()) << done.message;
      for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < ldc; ++j) {
          if (j >= n) {
            EXPECT_EQ(c[i * ldc + j], 7.0f) << "wrote between the rows";
            continue;
          }
          double sum = 0, size = 0;
          for (size_t l = 0; l < k; ++l) {
            const double x = double{a[i * lda + l]} * double{b[(j / 16 * k + l) * 16 + j % 16]};
            sum += x;
            size += std::abs(x);
          }
          const double bound = size * static_cast<double>(k + 1) * 0x1p-24;
          ASSERT_LE(std::abs(c[i * ldc + j] - sum), bound) << m << " x " << k << " at " << i << ", " << j;
        }
      }
    }
  }
}

TEST(OneDnn, OneMatrixServesManyRowCountsAndLeavesTheThreadsAlone) {
  omp_set_num_threads(3);
  S8Operands operands(64, 384, 4, S8Values::kRandom, 5);
  auto matrix = OneDnnMatrix::create(operands.packed());
  ASSERT_TRUE(matrix.ok());
  for (const size_t m : {64, 1, 16, 64}) {
    ASSERT_TRUE(matrix.value().prepare(m, operands.ld, 64).ok());
    std::vector<int32_t> sums(m * 64);
    ASSERT_TRUE(matrix.value().sums_s8(operands.rows(), m, sums.data(), 64).ok());
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < 64; ++j) {
        int64_t sum = 0;
        for (size_t l = 0; l < 384; ++l) {
          sum += int64_t{operands.bytes[i * operands.ld + l]} * operands.weight(l, j);
        }
        ASSERT_EQ(sums[i * 64 + j], sum);
      }
    }
  }
  EXPECT_EQ(omp_get_max_threads(), 3);
}

// Vectors of `texts` by two workers at once, with the model's kernels or with `backend`.
std::vector<float> embed_with(Backend* backend, const Model& model, const std::vector<std::string_view>& texts) {
  const Model::Impl& impl = model.impl();
  EncoderWeights weights = impl.weights;
  if (backend != nullptr) use_backend(*backend, weights);
  const ModelConfig& config = impl.image->config();
  const Pipeline pipeline{config,         weights,          *impl.kernels,    impl.tokenizer_impl->wordpiece,
                          config.pooling, config.normalize, config.max_length};
  std::vector<float> vectors(texts.size() * model.info().dimension);
  EmbedJob job{.texts = texts, .vectors = vectors.data(), .max_texts_per_chunk = 3};
  Threads threads(2);
  threads.run([&](uint32_t) {
    Worker worker(pipeline);
    run_worker(pipeline, job, worker);
  });
  return vectors;
}

TEST(OneDnn, AnInt8ModelKeepsItsBitsAndAnFp32ModelItsVectors) {
  const auto backend = onednn_backend();
  ASSERT_TRUE(backend.ok()) << backend.status().message;
  const std::vector<std::string> lines = tests::read_lines(
      LINNET_SOURCE_DIR "/tests/golden/tiny_bert/texts.jsonl");  // as they are: any text will do
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  for (const std::string name : {"tiny_bert", "tiny_bert_odd"}) {
    const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + name;
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      const auto model = Model::open(folder, {.isa = "", .precision = precision});
      ASSERT_TRUE(model.ok()) << model.status().message;
      const std::vector<float> ours = embed_with(nullptr, model.value(), texts);
      const std::vector<float> theirs = embed_with(backend.value().get(), model.value(), texts);
      if (precision == Precision::kInt8) {
        EXPECT_TRUE(tests::same_bits(ours, theirs)) << name;
      } else {
        for (size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], theirs[i], 2e-5) << name << " " << i;
      }
    }
  }
}

TEST(OneDnn, SaysWhatWasNotPrepared) {
  S8Operands operands(2, 16, 1, S8Values::kRandom, 5);
  auto matrix = OneDnnMatrix::create(operands.packed());
  ASSERT_TRUE(matrix.ok());
  std::vector<float> c(2 * 16);
  const Status status = matrix.value().gemm_s8(operands.rows(), 2, c.data(), 16);
  EXPECT_EQ(status.code, Code::kUnsupported);
  EXPECT_NE(status.message.find("no code was prepared"), std::string::npos) << status.message;
}

}  // namespace
}  // namespace linnet::engine
