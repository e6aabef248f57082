// Chunks of any size, carried by workers each on their own or all together, fp32 and int8: the same bits.
#include "engine/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "engine/chunk_budget.h"
#include "engine/embedding_head.h"
#include "engine/model_impl.h"
#include "engine/sequence_runner.h"
#include "linnet/embedder.h"
#include "tests/temp_dir.h"

namespace linnet::engine {
namespace {

struct Case {
  const char* folder;
  Precision precision;
  Pooling pooling;
};

// Lengths from none to more than the models' 40 positions and so.
std::vector<std::string> various_texts() {
  std::vector<std::string> texts;
  for (size_t i = 0; i < 60; ++i) {
    std::string& text = texts.emplace_back();
    for (size_t word = 0; word < i * 7 % 53; ++word) text += "water " + std::to_string(i) + " ";
  }
  return texts;
}

struct CrewBits : testing::TestWithParam<Case> {
  CrewBits() : owned(various_texts()), texts(owned.begin(), owned.end()) {
    auto opened = Model::open(LINNET_SOURCE_DIR "/tests/golden/" + std::string(GetParam().folder),
                              {.isa = "", .precision = GetParam().precision});
    EXPECT_TRUE(opened.ok()) << opened.status().message;
    model.emplace(std::move(opened.value()));
  }

  const std::vector<std::string> owned;
  const std::vector<std::string_view> texts;
  std::optional<Model> model;
};

void expect_same_bits(const std::vector<float>& found, const std::vector<float>& expected,
                      const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0) << what;
}

TEST_P(CrewBits, DoNotDependOnTheChunkTheThreadsOrTheMode) {
  const Model::Impl& impl = model->impl();
  const size_t dimension = embedding_dimension(impl.image->config());
  std::vector<float> expected;
  for (const size_t chunk_tokens : {256u, 2u, 61u, 2000u}) {
    Pipeline pipeline{.config = impl.image->config(),
                      .weights = impl.weights,
                      .kernels = *impl.kernels,
                      .wordpiece = impl.tokenizer_impl->wordpiece,
                      .head = {.pooling = GetParam().pooling, .normalize = true, .dimension = dimension},
                      .prompt = {},
                      .max_length = model->info().max_length,
                      .chunk_tokens = chunk_tokens};
    for (const uint32_t threads : {1u, 2u, 7u}) {
      for (const Mode mode : {Mode::kThroughput, Mode::kLatency, Mode::kAuto}) {
        Crew crew(pipeline, threads, mode);
        std::vector<float> vectors(texts.size() * dimension);
        EmbedJob job{.texts = texts, .vectors = vectors.data()};
        const ChunkWork work{
            .fill = [&](Worker& worker, size_t most) { fill_batch(pipeline, job, worker, most); },
            .finish = [&](Worker& worker, uint32_t) { write_vectors(pipeline, job, worker); },
            .rows = rows_read(pipeline.head)};
        ASSERT_TRUE(crew.run(texts.size(), 100000, work));
        EmbedStats stats;
        for (uint32_t i = 0; i < crew.size(); ++i) add_stats(crew.worker(i).stats, stats);
        EXPECT_EQ(stats.texts, texts.size());
        EXPECT_GT(stats.tokenize_seconds, 0);
        if (expected.empty()) expected = vectors;
        expect_same_bits(vectors, expected,
                         std::to_string(chunk_tokens) + " tokens a chunk, " + std::to_string(threads) +
                             " threads, mode " + std::to_string(static_cast<int>(mode)));
      }
    }
  }
  // And those of each text alone, through the public API.
  auto embedder = Embedder::create(*model, {.pooling = GetParam().pooling, .normalize = true});
  ASSERT_TRUE(embedder.ok()) << embedder.status().message;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::vector<float> one(dimension);
    ASSERT_TRUE(embedder.value().embed({&texts[i], 1}, one).ok());
    expect_same_bits(one, {expected.begin() + static_cast<ptrdiff_t>(i * dimension),
                           expected.begin() + static_cast<ptrdiff_t>((i + 1) * dimension)},
                     "text " + std::to_string(i) + " alone");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tiny, CrewBits,
    testing::Values(Case{"tiny_bert", Precision::kFp32, Pooling::kMean},
                    Case{"tiny_bert", Precision::kInt8, Pooling::kMean},
                    Case{"tiny_bert_odd", Precision::kFp32, Pooling::kCls},
                    Case{"tiny_bert_odd", Precision::kInt8, Pooling::kCls},
                    Case{"tasks/mpnet_classify", Precision::kInt8, Pooling::kMax},
                    Case{"tasks/mobilebert", Precision::kFp32, Pooling::kCls},
                    Case{"tasks/mobilebert_wide", Precision::kInt8, Pooling::kCls}),
    [](const auto& test) {
      std::string name = test.param.folder;
      for (char& c : name) c = c == '/' ? '_' : c;
      return name + "_" + precision_name(test.param.precision);
    });

// As the summary shows it, tokenize_seconds / workers is what the call spent on tokenizing, whoever
// did it. Here each chunk is said to take a second.
TEST(Crew, CountsTheTimeOfThoseWhoWaitForTheTokenizer) {
  const auto model = Model::open(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  ASSERT_TRUE(model.ok()) << model.status().message;
  const Model::Impl& impl = model.value().impl();
  const Pipeline pipeline{.config = impl.image->config(),
                          .weights = impl.weights,
                          .kernels = *impl.kernels,
                          .wordpiece = impl.tokenizer_impl->wordpiece,
                          .head = {},
                          .prompt = {},
                          .max_length = model.value().info().max_length,
                          .chunk_tokens = 64};
  const std::vector<std::string> owned = various_texts();
  const std::vector<std::string_view> texts(owned.begin(), owned.end());
  for (const uint32_t threads : {1u, 2u, 7u}) {
    for (const Mode mode : {Mode::kThroughput, Mode::kLatency}) {
      Crew crew(pipeline, threads, mode);
      EmbedJob job{.texts = texts, .vectors = nullptr};
      std::atomic<uint32_t> fills{0};
      const ChunkWork work{.fill =
                               [&](Worker& worker, size_t most) {
                                 const double before = worker.stats.tokenize_seconds;
                                 fill_batch(pipeline, job, worker, most);
                                 worker.stats.tokenize_seconds = before + 1;
                                 ++fills;
                               },
                           .finish = [](Worker&, uint32_t) {}};
      ASSERT_TRUE(crew.run(texts.size(), 100000, work));
      EmbedStats stats;
      for (uint32_t i = 0; i < crew.size(); ++i) add_stats(crew.worker(i).stats, stats);
      EXPECT_GT(fills, 5u);
      EXPECT_EQ(stats.tokenize_seconds, fills * (mode == Mode::kLatency ? threads : 1u))
          << threads << " threads, mode " << static_cast<int>(mode);
    }
  }
}

TEST(SequenceRunner, CountsTheTimeOfThoseWhoWaitForTheTokenizer) {
  const auto model = Model::open(LINNET_SOURCE_DIR "/tests/golden/tasks/bert_classify");
  ASSERT_TRUE(model.ok()) << model.status().message;
  const auto runner = SequenceRunner::create(model.value(), {.num_threads = 3}, Task::kClassify, 1);
  ASSERT_TRUE(runner.ok()) << runner.status().message;
  constexpr auto kLeast = std::chrono::milliseconds(2);
  EmbedStats stats;
  // One text, which one worker tokenizes: in no less time than this.
  const Status status = runner.value()->for_each(1, &stats, [&](size_t, tokenizer::Scratch&) {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < kLeast) continue;
  });
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_GE(stats.tokenize_seconds, 3 * std::chrono::duration<double>(kLeast).count());
}

TEST(ChunkBudget, ReadsTheCaches) {
  const tests::TempDir root;
  const auto put = [&](const std::string& path, const std::string& text) {
    const std::filesystem::path file = root.path() + "/sys/devices/system/cpu/" + path;
    std::filesystem::create_directories(file.parent_path());
    tests::write_file(file.string(), text + "\n");
  };
  EXPECT_EQ(read_caches(root.path()).cpus, Caches{}.cpus);  // nothing to be read
  EXPECT_EQ(read_caches(root.path()).l3.bytes, Caches{}.l3.bytes);

  put("online", "0-5,8,10-11");
  const auto cache = [&](int index, const std::string& level, const std::string& type,
                         const std::string& size, const std::string& cpus) {
    const std::string folder = "cpu0/cache/index" + std::to_string(index) + "/";
    put(folder + "level", level);
    put(folder + "type", type);
    put(folder + "size", size);
    put(folder + "shared_cpu_list", cpus);
  };
  cache(0, "1", "Data", "48K", "0-1");
  cache(1, "1", "Instruction", "32K", "0-1");
  cache(2, "2", "Unified", "2048K", "0-1");
  Caches caches = read_caches(root.path());
  EXPECT_EQ(caches.cpus, 9u);
  EXPECT_EQ(caches.l2.bytes, size_t{2} << 20);
  EXPECT_EQ(caches.l2.sharers, 2u);
  EXPECT_EQ(caches.l3.bytes, 0u);
  cache(3, "3", "Unified", "16M", "0-3,5");
  caches = read_caches(root.path());
  EXPECT_EQ(caches.l3.bytes, size_t{16} << 20);
  EXPECT_EQ(caches.l3.sharers, 5u);

  put("online", "nonsense");
  cache(2, "2", "Unified", "many", "7-3");
  EXPECT_EQ(read_caches(root.path()).cpus, Caches{}.cpus);
  EXPECT_EQ(read_caches(root.path()).l2.bytes, Caches{}.l2.bytes);
}

ModelConfig shape(uint32_t layers, uint32_t hidden, Precision precision) {
  ModelConfig config;
  config.encoder.num_layers = layers;
  config.encoder.hidden_size = hidden;
  config.encoder.intermediate_size = 4 * hidden;
  config.precision = precision;
  return config;
}

TEST(ChunkBudget, FollowsModelAndCaches) {
  const ModelConfig small = shape(6, 384, Precision::kInt8), small_fp32 = shape(6, 384, Precision::kFp32),
                    large = shape(24, 1024, Precision::kFp32);
  // The development machine: two cores with 1 MB each and 32 MB for both.
  const Caches zen5{.l2 = {size_t{1} << 20, 1}, .l3 = {size_t{32} << 20, 2}, .cpus = 2};
  EXPECT_EQ(chunk_budget(small, zen5, 1), 273u);       // 2 x 1 MB / (5 x 384 x 4 bytes)
  EXPECT_EQ(chunk_budget(small_fp32, zen5, 1), 384u);  // 42 MB of weights come from memory
  EXPECT_EQ(chunk_budget(large, zen5, 1), 384u);
  EXPECT_EQ(chunk_budget(large, zen5, 2), 384u);
  // Two threads a core, 1.5 MB of the third level for each core.
  const Caches server{.l2 = {size_t{1} << 20, 2}, .l3 = {size_t{36} << 20, 48}, .cpus = 48};
  EXPECT_EQ(chunk_budget(small, server, 24), 273u);    // a core for each worker
  EXPECT_EQ(chunk_budget(small, server, 48), 136u);    // half a core's
  EXPECT_EQ(chunk_budget(large, server, 24), 128u);    // 0.75 MB hold 38, but the weights have to be read
  EXPECT_EQ(chunk_budget(large, server, 2), 384u);
  EXPECT_EQ(chunk_budget(large, Caches{.l2 = {}, .l3 = {}, .cpus = 1}, 1), 128u);
}

}  // namespace
}  // namespace linnet::engine
