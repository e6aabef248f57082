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

#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "engine/packed_batch.h"
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
  const Status ready = matrix.prepare(m, operands.ld, ldc);
  ASSERT_TRUE(ready.ok()) << ready.message;
  const Status done = matrix.gemm_s8(operands.rows(), m, theirs.data(), ldc);
  ASSERT_TRUE(done.ok()) << done.message;
  const bool same = std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(float)) == 0;
  EXPECT_TRUE(same) << m << " x " << k << " x " << panels << " by "
                    << matrix.implementation(m, operands.ld, ldc);
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
      const Status ready = matrix.prepare(m, lda, ldc);
      ASSERT_TRUE(ready.ok()) << ready.message;
      const Status done = matrix.gemm_f32(a.data(), lda, m, c.data(), ldc);
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
  for (const size_t m : {64, 1, 16, 64}) {
    ASSERT_TRUE(matrix.prepare(m, operands.ld, 64).ok());
    std::vector<int32_t> sums(m * 64);
    ASSERT_TRUE(matrix.sums_s8(operands.rows(), m, sums.data(), 64).ok());
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

// Hidden states of each text, one after the other, by two workers that share the weights and the backend (null:
// the kernels).
std::vector<std::vector<float>> hidden_states(Backend* backend, const Model& model,
                                              const std::vector<std::string>& texts) {
  const Model::Impl& impl = model.impl();
  const ModelConfig& config = impl.image->config();
  EncoderWeights weights = impl.weights;
  if (backend != nullptr) use_backend(*backend, weights);
  std::vector<std::vector<float>> hidden(texts.size());
  Threads threads(2);
  threads.run([&](uint32_t worker) {
    PackedBatch batch(config.max_length, config.max_length);
    Workspace workspace(config, 2 * config.max_length, 2 * config.max_length, config.max_length);
    tokenizer::Scratch scratch;
    for (size_t t = worker; t < texts.size(); t += 2) {
      batch.clear();
      const tokenizer::TokenBuffer out{.ids = batch.ids.data(), .capacity = config.max_length};
      batch.add_text(impl.tokenizer_impl->wordpiece.encode(texts[t], {}, out, scratch).num_tokens);
      encoder_forward(config.encoder, weights, *impl.kernels, batch, workspace);
      for (size_t i = 0; i < batch.num_tokens(); ++i) {
        const float* row = workspace.hidden.data() + i * workspace.hidden_stride;
        hidden[t].insert(hidden[t].end(), row, row + config.encoder.hidden_size);
      }
    }
  });
  return hidden;
}

TEST(OneDnn, AnInt8ModelKeepsItsBitsAndAnFp32ModelItsVectors) {
  const auto backend = onednn_backend();
  ASSERT_TRUE(backend.ok()) << backend.status().message;
  const std::vector<std::string> texts = tests::various_texts();
  for (const std::string name : {"tiny_bert", "tiny_bert_odd"}) {
    const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + name;
    for (const Precision precision : {Precision::kFp32, Precision::kInt8}) {
      const auto model = Model::open(folder, {.isa = "", .precision = precision});
      ASSERT_TRUE(model.ok()) << model.status().message;
      const auto ours = hidden_states(nullptr, model.value(), texts);
      const auto theirs = hidden_states(backend.value().get(), model.value(), texts);
      for (size_t t = 0; t < texts.size(); ++t) {
        if (precision == Precision::kInt8) {
          ASSERT_TRUE(tests::same_bits(ours[t], theirs[t])) << name << " " << t;
        }
        for (size_t i = 0; i < ours[t].size(); ++i) ASSERT_NEAR(ours[t][i], theirs[t][i], 2e-5) << name << " " << t;
      }
    }
  }
}

TEST(OneDnn, SaysWhatWasNotPrepared) {
  S8Operands operands(2, 16, 1, S8Values::kRandom, 5);
  auto matrix = OneDnnMatrix::create(operands.packed());
  std::vector<float> c(2 * 16);
  const Status status = matrix.gemm_s8(operands.rows(), 2, c.data(), 16);
  EXPECT_EQ(status.code, Code::kUnsupported);
  EXPECT_NE(status.message.find("no code was prepared"), std::string::npos) << status.message;
}

}  // namespace
}  // namespace linnet::engine
