// Workers that carry one batch together: what a team shares out, how its workers wait, and that neither a team
// nor the rows that are asked for change a bit.
#include "engine/team.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "engine/encoder.h"
#include "engine/open_image.h"
#include "engine/worker_pool.h"

namespace linnet::engine {
namespace {

TEST(Team, SharesEverythingOnce) {
  for (const uint32_t size : {1u, 2u, 3u, 7u}) {
    for (const size_t n : {0u, 1u, 5u, 12u, 100u}) {
      for (const size_t unit : {1u, 4u, 12u}) {
        size_t next = 0;
        for (uint32_t worker = 0; worker < size; ++worker) {
          const Range share = Team{.worker = worker, .size = size}.share(n, unit);
          EXPECT_EQ(share.begin, next);
          EXPECT_TRUE(share.begin % unit == 0 || share.begin == n);
          next = share.end;
        }
        EXPECT_EQ(next, n);
      }
    }
  }
}

TEST(WorkerPool, RunsEveryWorkerOnceAndAtTheSameTime) {
  for (const uint32_t size : {1u, 2u, 5u}) {
    WorkerPool pool(size);
    ASSERT_EQ(pool.size(), size);
    Barrier barrier(size);
    for (int round = 1; round <= 200; ++round) {
      std::vector<int> values(size), sums(size);
      pool.run([&](uint32_t worker) {
        values[worker] = round;
        barrier.wait();  // would wait for ever if one of them ran after another
        for (const int value : values) sums[worker] += value;
        barrier.wait();
        values[worker] = 0;
      });
      for (const int sum : sums) ASSERT_EQ(sum, round * static_cast<int>(size));
      for (const int value : values) ASSERT_EQ(value, 0);
    }
  }
}

#if defined(__SANITIZE_THREAD__)
TEST(WorkerPool, DISABLED_WorksInAForkedProcess) {}  // ThreadSanitizer lets no forked process start threads
#else
TEST(WorkerPool, WorksInAForkedProcess) {
  WorkerPool pool(3);
  std::atomic<int> calls{0};
  const auto count = [&](uint32_t) { ++calls; };
  pool.run(count);
  const ::pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(60);  // rather than hang for ever
    pool.run(count);
    pool.run(count);
    ::_exit(pool.size() == 3 && calls == 9 ? 0 : 1);
  }
  pool.run(count);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(calls, 6);

  const ::pid_t destroyer = ::fork();
  ASSERT_GE(destroyer, 0);
  if (destroyer == 0) {
    ::alarm(60);
    pool.~WorkerPool();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(destroyer, &status, 0), destroyer);
  EXPECT_EQ(status, 0);
}
#endif

TEST(WorkerPool, EndsWithoutHavingWorked) { const WorkerPool pool(3); }

struct ForwardOfTeams : testing::TestWithParam<std::string> {
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/" + GetParam();
};

// The rows of texts of many lengths, from 1 token to more than a block of rows.
TEST_P(ForwardOfTeams, HasTheBitsOfOneWorker) {
  auto image = open_image(folder);
  ASSERT_TRUE(image.ok()) << image.status().message;
  auto weights = bind_weights(image.value());
  ASSERT_TRUE(weights.ok()) << weights.status().message;
  const ModelConfig& config = image.value().config();
  const size_t h = config.encoder.hidden_size, longest = config.encoder.max_positions;

  PackedBatch batch(1000, longest);
  for (size_t length = 1; length <= longest; length += length < 8 ? 1 : 5) {
    for (size_t i = 0; i < length; ++i) {
      batch.ids[batch.num_tokens() + i] = static_cast<int32_t>((7 * i + length) % config.encoder.vocab_size);
    }
    batch.add_text(length);
  }
  const size_t texts = batch.num_texts(), tokens = batch.num_tokens();
  ASSERT_GT(tokens, 2 * kBlockRows);
  const kernels::Kernels& kernels = kernels::kernels_for(kernels::best_isa());
  Workspace expected(config, 1000 + longest, texts, longest);
  encoder_forward(config.encoder, weights.value(), kernels, batch, expected);

  for (const uint32_t size : {1u, 2u, 3u, 5u}) {
    WorkerPool pool(size);
    Barrier barrier(size);
    for (const OutputRows rows : {OutputRows::kAll, OutputRows::kFirst}) {
      Workspace found(config, 1000 + longest, texts, longest, size);
      pool.run([&](uint32_t worker) {
        const Team team{.worker = worker, .size = size, .barrier = &barrier};
        encoder_forward(config.encoder, weights.value(), kernels, batch, found, {.rows = rows, .team = team});
      });
      const bool all = rows == OutputRows::kAll;
      for (size_t i = 0; i < (all ? tokens : texts); ++i) {
        const size_t row = all ? i : batch.row_begin[i];
        ASSERT_EQ(std::memcmp(found.hidden.data() + i * found.hidden_stride,
                              expected.hidden.data() + row * expected.hidden_stride, h * sizeof(float)),
                  0)
            << size << " workers, row " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, ForwardOfTeams,
                         testing::Values("tiny_bert", "tiny_bert_odd", "tiny_bert_plain", "tasks/electra",
                                         "tasks/mpnet", "tasks/nomic_tag", "tasks/jina_reglu", "tasks/gte_tag",
                                         "tasks/mobilebert", "tasks/mobilebert_inside", "tasks/mobilebert_wide"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace linnet::engine
