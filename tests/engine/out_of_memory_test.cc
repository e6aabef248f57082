// The API where memory has run out, at whichever allocation: nothing throws, kOutOfMemory comes back, every text of a
// queue is answered, and what failed can be called again.
#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <thread>

#include "linnet/answerer.h"
#include "linnet/attender.h"
#include "linnet/classifier.h"
#include "linnet/import.h"
#include "linnet/layer_drift.h"
#include "linnet/linnet.h"
#include "linnet/mask_filler.h"
#include "linnet/queue.h"
#include "linnet/reranker.h"
#include "linnet/similar.h"
#include "linnet/sparse_encoder.h"
#include "linnet/tagger.h"
#include "linnet/token_embedder.h"
#include "linnet/train.h"
#include "linnet/window_embedder.h"
#include "linnet/zero_shot.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/task_cases.h"
#include "tests/temp_dir.h"

namespace {

constexpr long kEnough = -1;
std::atomic<long> allocations_left{kEnough};  // of all threads

std::atomic<size_t> largest{0};  // of all allocations

bool one_is_left() {
  long left = allocations_left;
  while (left > 0 && !allocations_left.compare_exchange_weak(left, left - 1)) continue;
  return left != 0;
}

}  // namespace

void* operator new(size_t bytes) {
  size_t before = largest;
  while (before < bytes && !largest.compare_exchange_weak(before, bytes)) continue;
  void* const memory = one_is_left() ? std::malloc(bytes) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Left to a sanitizer, it would not match our `delete`.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
// Inlined alone, without `new`, GCC takes them for a mistake.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace linnet {
namespace {

using tests::open_model;
using tests::task_folder;

const std::string kTiny = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";
const std::string kText = "the na\xC3\xAFve [SEP] ing the quick brown fox jumps over the lazy dog, and much more";
const std::vector<std::string_view> kTexts = {kText, "a", ""};

// What call() gives while no more than `left` allocations succeed; nothing where it throws.
template <typename Call>
std::optional<Code> code_with(long left, const Call& call) {
  std::optional<Code> code;
  allocations_left = left;
  try {
    code = call();
  } catch (const std::bad_alloc&) {
    code.reset();
  }
  allocations_left = kEnough;
  return code;
}

// Fails it at one allocation after the other, at each of the first ones, until it has enough.
template <typename Call>
void fails_as_it_should(const char* what, const Call& call) {
  for (long left = 0;; left += 1 + left / 16) {
    const std::optional<Code> code = code_with(left, call);
    ASSERT_TRUE(code.has_value()) << what << " threw after " << left << " allocations";
    if (*code == Code::kOk) return;
    ASSERT_EQ(*code, Code::kOutOfMemory) << what << " after " << left << " allocations";
  }
}

// The object that create() gives, when it has failed as it should.
template <typename Create>
auto created(const char* what, const Create& create) {
  fails_as_it_should(what, [&] { return create().status().code; });
  return std::move(create().value());
}

// At the first allocation alone: the destructor of nlohmann/json, which reads models and writes tokenizers, ends the
// process where it finds no memory (linnet/status.h).
TEST(OutOfMemory, OpenImportAndTrain) {
  const tests::TempDir folder;
  const std::string path = folder / "model.linnet";
  EXPECT_EQ(code_with(0, [] { return Model::open(kTiny).status().code; }), Code::kOutOfMemory);
  EXPECT_EQ(code_with(0, [] { return Tokenizer::open(kTiny).status().code; }), Code::kOutOfMemory);
  EXPECT_EQ(code_with(0, [&] { return import_model(kTiny, path).status().code; }), Code::kOutOfMemory);
  const VocabOptions options;
  auto trainer = created("VocabTrainer::create", [&] { return VocabTrainer::create(options); });
  fails_as_it_should("add", [&] { return trainer.add(kTexts).code; });
  EXPECT_EQ(code_with(0, [&] { return trainer.write(folder.path()).status().code; }), Code::kOutOfMemory);
}

TEST(OutOfMemory, Tokenizer) {
  const auto tokenizer = Tokenizer::open(kTiny);
  ASSERT_TRUE(tokenizer.ok());
  const Tokenizer& it = tokenizer.value();
  Encoding encoding;
  std::vector<Encoding> windows;
  fails_as_it_should("encode", [&] { return it.encode(kText, {}, encoding).code; });
  fails_as_it_should("encode_pair", [&] { return it.encode_pair(kText, kText, {}, encoding).code; });
  fails_as_it_should("encode_words", [&] { return it.encode_words(kTexts, {}, encoding).code; });
  fails_as_it_should("encode_windows", [&] { return it.encode_windows(kText, {.max_length = 5}, windows).code; });
  const std::string long_text(1000000, '.');
  fails_as_it_should("count", [&] { return it.count(long_text).status().code; });
}

TEST(OutOfMemory, CountTakesConstantMemory) {
  const auto tokenizer = Tokenizer::open(kTiny);
  ASSERT_TRUE(tokenizer.ok());
  for (const std::string_view space : {" ", "\t", "\n", "\r\n"}) {
    std::string text;
    for (int i = 0; i < 1000000; ++i) text.append("word").append(space);
    largest = 0;
    // A thread of its own has no memory from texts before.
    std::thread([&] { EXPECT_EQ(tokenizer.value().count(text).status().code, Code::kOk); }).join();
    EXPECT_LT(largest, 1000000u) << static_cast<int>(space[0]);
  }
}

// linnet/linnet.h: the same, and nothing to read where there is no memory for the error's text.
TEST(OutOfMemory, C) {
  linnet_tokenizer* tokenizer = nullptr;
  linnet_encodings* encodings = nullptr;
  ASSERT_EQ(linnet_tokenizer_open(kTiny.c_str(), &tokenizer), LINNET_OK);
  ASSERT_EQ(linnet_encodings_create(&encodings), LINNET_OK);
  const char* words[] = {"the", nullptr};
  const size_t bytes[] = {3, 1};
  fails_as_it_should("linnet_encode", [&] {
    return static_cast<Code>(linnet_encode(tokenizer, kText.data(), kText.size(), nullptr, encodings));
  });
  fails_as_it_should("linnet_encode_words", [&] {
    return static_cast<Code>(linnet_encode_words(tokenizer, words, bytes, 1, nullptr, encodings));
  });
  EXPECT_EQ(linnet_encode_words(tokenizer, words, bytes, 2, nullptr, encodings), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "words[1] is NULL");
  const auto wrong_words = [&] {
    return static_cast<Code>(linnet_encode_words(tokenizer, words, bytes, 2, nullptr, encodings));
  };
  EXPECT_EQ(code_with(0, wrong_words), Code::kInvalidArgument);
  EXPECT_EQ(code_with(0, [&] { return static_cast<Code>(linnet_encode(nullptr, "a", 1, nullptr, nullptr)); }),
            Code::kInvalidArgument);
  EXPECT_STREQ(linnet_error_text(), "");
  uint32_t offsets[] = {0, 1};
  EXPECT_EQ(code_with(0, [&] { return static_cast<Code>(linnet_convert_offsets("a", 1, 7, offsets, 1)); }),
            Code::kOutOfMemory);
  const float vectors[] = {1, 2, 3, 4};
  linnet_similar* similar = nullptr;
  fails_as_it_should("linnet_similar_create", [&] {
    return static_cast<Code>(linnet_similar_create(vectors, 2, 2, 1, 1, 0, 1, &similar));
  });
  fails_as_it_should("linnet_similar_add", [&] { return static_cast<Code>(linnet_similar_add(similar, vectors, 2)); });
  linnet_similar_free(similar);
  linnet_encodings_free(encodings);
  linnet_tokenizer_close(tokenizer);
}

TEST(OutOfMemory, Embedder) {
  const Model model = open_model(kTiny);
  for (const uint32_t num_threads : {1u, 2u}) {
    for (const Mode mode : {Mode::kThroughput, Mode::kLatency}) {
      const EmbedOptions options{.prompt = "query: ", .num_threads = num_threads, .mode = mode};
      Embedder embedder = created("Embedder::create", [&] { return Embedder::create(model, options); });
      std::vector<float> vectors(kTexts.size() * embedder.dimension());
      fails_as_it_should("embed", [&] { return embedder.embed(kTexts, vectors).code; });
      EXPECT_EQ(vectors, tests::embed_all(model, {kTexts.begin(), kTexts.end()}, 3, options));
    }
  }
}

TEST(OutOfMemory, OtherVectors) {
  const Model model = open_model(kTiny);
  auto windows = created("WindowEmbedder::create", [&] { return WindowEmbedder::create(model); });
  std::vector<WindowVectors> of_windows;
  fails_as_it_should("embed_windows", [&] { return windows.embed_windows(kTexts, of_windows).code; });
  std::vector<float> vectors(kTexts.size() * windows.dimension());
  fails_as_it_should("embed", [&] { return windows.embed(kTexts, vectors).code; });
  auto tokens = created("TokenEmbedder::create", [&] { return TokenEmbedder::create(model); });
  std::vector<TokenVectors> of_tokens;
  fails_as_it_should("embed", [&] { return tokens.embed(kTexts, of_tokens).code; });
  auto attender = created("Attender::create", [&] { return Attender::create(model); });
  std::vector<Attention> attention;
  fails_as_it_should("attend", [&] { return attender.attend(kTexts, attention).code; });
  auto comparison = created("LayerComparison::create", [&] { return LayerComparison::create(model, model); });
  fails_as_it_should("add", [&] { return comparison.add(kTexts).code; });
}

TEST(OutOfMemory, Similar) {
  const std::vector<float> queries(64, 1), wrong(7, 1);
  auto search = created("SimilarSearch::create", [&] { return SimilarSearch::create(queries, 4); });
  fails_as_it_should("add", [&] { return search.add(queries).code; });
  EXPECT_EQ(code_with(0, [&] { return SimilarSearch::create(wrong, 4).status().code; }), Code::kOutOfMemory);
}

TEST(OutOfMemory, Tasks) {
  const Model classify = open_model(task_folder("bert_classify"));
  auto classifier = created("Classifier::create", [&] { return Classifier::create(classify); });
  const std::vector<TextPair> inputs = {{kText}, {kText, kText, true}};
  std::vector<float> scores(2 * classifier.num_labels());
  fails_as_it_should("logits", [&] { return classifier.logits(inputs, scores).code; });
  fails_as_it_should("to_scores", [&] { return classifier.to_scores(scores).code; });

  const Model rerank = open_model(task_folder("bert_rerank"));
  auto reranker = created("Reranker::create", [&] { return Reranker::create(rerank); });
  std::vector<float> of_texts(kTexts.size());
  fails_as_it_should("score", [&] { return reranker.score("the", kTexts, of_texts).code; });

  const Model nli = open_model(task_folder("bert_nli"));
  const ZeroShotOptions options{.labels = {"water", "people"}};
  auto zero_shot = created("ZeroShot::create", [&] { return ZeroShot::create(nli, options); });
  std::vector<float> of_labels(2 * kTexts.size());
  fails_as_it_should("score", [&] { return zero_shot.score(kTexts, of_labels).code; });

  const Model tag = open_model(task_folder("bert_tag"));
  const TagOptions all;  // it holds a list, which takes memory
  auto tagger = created("Tagger::create", [&] { return Tagger::create(tag, all); });
  std::vector<std::vector<Entity>> entities;
  const std::vector<std::vector<std::string_view>> words(2, kTexts);
  Encoding tokens;
  fails_as_it_should("tag", [&] { return tagger.tag(kTexts, entities).code; });
  fails_as_it_should("tag_words", [&] { return tagger.tag_words(words, entities).code; });
  fails_as_it_should("logits", [&] { return tagger.logits(kText, tokens, scores).code; });

  const Model answer = open_model(task_folder("bert_answer"));
  auto answerer = created("Answerer::create", [&] { return Answerer::create(answer); });
  const std::vector<Question> questions(2, {"who is it", kText});
  std::vector<std::vector<Answer>> answers;
  fails_as_it_should("answer", [&] { return answerer.answer(questions, answers).code; });

  const Model fill = open_model(task_folder("bert_fill"));
  auto filler = created("MaskFiller::create", [&] { return MaskFiller::create(fill); });
  const std::vector<std::string_view> masked = {"the [MASK] fox", "[MASK] [MASK]"};
  std::vector<std::vector<std::vector<Filling>>> fillings;
  fails_as_it_should("fill", [&] { return filler.fill(masked, fillings).code; });
  fails_as_it_should("logits", [&] { return filler.logits(masked[0], scores).code; });
  auto encoder = created("SparseEncoder::create", [&] { return SparseEncoder::create(fill); });
  std::vector<SparseVector> sparse;
  fails_as_it_should("encode", [&] { return encoder.encode(kTexts, sparse).code; });
}

// The queue's own thread has no memory either.
TEST(OutOfMemory, QueueAnswersEveryText) {
  const Model model = open_model(kTiny);
  fails_as_it_should("EmbedQueue::create", [&] { return EmbedQueue::create(model).status().code; });
  for (long left = 0; left < 20; ++left) {
    auto queue = EmbedQueue::create(model, {.gather = std::chrono::milliseconds(20)});
    ASSERT_TRUE(queue.ok());
    auto answer = queue.value().submit(kText);
    allocations_left = left;
    answer.wait();
    allocations_left = kEnough;
    const auto vector = answer.get();
    if (vector.ok()) continue;
    EXPECT_EQ(vector.status().code, Code::kOutOfMemory) << left;
  }
}

TEST(OutOfMemory, QueueCancelsEveryText) {
  auto queue = EmbedQueue::create(open_model(kTiny), {.gather = std::chrono::hours(1)});
  ASSERT_TRUE(queue.ok());
  std::vector<Code> codes;
  codes.reserve(2);
  const auto keep = [&](const Status& status, std::span<const float>) { codes.push_back(status.code); };
  const auto ticket = queue.value().submit(kText, keep);
  ASSERT_TRUE(queue.value().submit(kText, keep).ok());
  ASSERT_TRUE(ticket.ok());
  allocations_left = 0;
  const bool cancelled = queue.value().cancel(ticket.value());
  queue.value().close();
  allocations_left = kEnough;
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(codes, (std::vector<Code>{Code::kCancelled, Code::kCancelled}));
}

}  // namespace
}  // namespace linnet
