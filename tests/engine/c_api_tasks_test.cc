// The task heads of the C API: what tests/golden/tasks expects, and what it says of wrong calls.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "linnet/linnet.h"
#include "tests/engine/task_cases.h"

namespace {

using nlohmann::json;
using OpenModel = std::unique_ptr<linnet_model, void (*)(linnet_model*)>;

OpenModel open(const std::string& name) {
  linnet_model* model = nullptr;
  EXPECT_EQ(linnet_open(linnet::tests::task_folder(name).c_str(), &model), LINNET_OK)
      << linnet_error_text();
  return {model, linnet_close};
}

TEST(CApiTasks, Classify) {
  const OpenModel model = open("bert_classify");
  EXPECT_STREQ(linnet_task(model.get()), "classify");
  ASSERT_EQ(linnet_num_labels(model.get()), 5u);
  EXPECT_STREQ(linnet_label(model.get(), 4), "other");
  EXPECT_EQ(linnet_label(model.get(), 5), nullptr);
  linnet_classifier* classifier = nullptr;
  ASSERT_EQ(linnet_classifier_create(model.get(), 2, &classifier), LINNET_OK);
  for (const json& item : linnet::tests::task_cases("bert_classify")) {
    if (!item.contains("scores") || item.at("text").get<std::string>().find('\0') != std::string::npos) {
      continue;
    }
    const char* text = item.at("text").get_ref<const std::string&>().c_str();
    const char* pair =
        item.contains("pair") ? item.at("pair").get_ref<const std::string&>().c_str() : nullptr;
    float scores[5];
    ASSERT_EQ(linnet_classify(classifier, &text, pair == nullptr ? nullptr : &pair, 1, scores), LINNET_OK);
    const json& best = item.at("scores").at(0);
    const float most = *std::max_element(scores, scores + 5);
    EXPECT_NEAR(most, best.at("score").get<double>(), 2e-6) << item;
  }
  const char* none = nullptr;
  float scores[5];
  EXPECT_EQ(linnet_classify(classifier, &none, nullptr, 1, scores), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "texts[0] is NULL");
  EXPECT_EQ(linnet_classify(nullptr, nullptr, nullptr, 0, nullptr), LINNET_INVALID_ARGUMENT);
  linnet_classifier_free(classifier);
  linnet_classifier_free(nullptr);
  linnet_tagger* tagger = nullptr;
  EXPECT_EQ(linnet_tagger_create(model.get(), 1, &tagger), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(tagger, nullptr);
  EXPECT_NE(std::string(linnet_error_text()).find("has no token-classification head"),
            std::string::npos);
}

TEST(CApiTasks, RerankAndZeroShot) {
  const OpenModel model = open("bert_rerank");
  linnet_reranker* reranker = nullptr;
  ASSERT_EQ(linnet_reranker_create(model.get(), 1, &reranker), LINNET_OK);
  const char* documents[] = {"one", "world"};
  float scores[2];
  ASSERT_EQ(linnet_rerank(reranker, "Hello", documents, 2, scores), LINNET_OK);
  EXPECT_NEAR(scores[1], 0.828674734, 2e-6);  // cases.jsonl: Hello, world
  linnet_reranker_free(reranker);

  const OpenModel nli = open("bert_nli");
  const char* labels[] = {"water", "people", "the day"};
  linnet_zero_shot* zero_shot = nullptr;
  ASSERT_EQ(linnet_zero_shot_create(nli.get(), labels, 3, nullptr, 0, 1, &zero_shot), LINNET_OK);
  const char* text = "a";
  float of_labels[3];
  ASSERT_EQ(linnet_zero_shot_score(zero_shot, &text, 1, of_labels), LINNET_OK);
  EXPECT_NEAR(of_labels[0], 0.383850247, 2e-6);
  linnet_zero_shot_free(zero_shot);
}

TEST(CApiTasks, WindowsAndTokens) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(LINNET_SOURCE_DIR "/tests/golden/tiny_bert", &model), LINNET_OK);
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a ";  // the model reads 46 of them
  linnet_embed_options options = {};
  options.dimension = 5;
  linnet_window_embedder* windows = nullptr;
  ASSERT_EQ(linnet_window_embedder_create(model, &options, 6, &windows), LINNET_OK) << linnet_error_text();
  const linnet_window* found = nullptr;
  const float* vectors = nullptr;
  size_t n = 0, tokens = 0, dimension = 0;
  ASSERT_EQ(linnet_embed_windows(windows, text.data(), text.size(), &found, &vectors, &n), LINNET_OK);
  ASSERT_EQ(n, 2u);
  EXPECT_EQ(found[0].begin, 0u);
  EXPECT_EQ(found[0].end, 91u);
  EXPECT_EQ(found[1].begin, 80u);
  EXPECT_EQ(found[1].tokens, 20u);
  for (size_t w = 0; w < n; ++w) {
    double norm = 0;
    for (size_t i = 0; i < 5; ++i) norm += static_cast<double>(vectors[w * 5 + i]) * vectors[w * 5 + i];
    EXPECT_NEAR(norm, 1, 1e-6);
  }
  EXPECT_EQ(linnet_embed_windows(windows, nullptr, 1, &found, &vectors, &n), LINNET_INVALID_ARGUMENT);
  linnet_window_embedder_free(windows);
  EXPECT_EQ(linnet_window_embedder_create(model, &options, 46, &windows), LINNET_INVALID_ARGUMENT);
  ASSERT_EQ(linnet_window_embedder_create(model, nullptr, 0, &windows), LINNET_OK);  // the defaults
  ASSERT_EQ(linnet_embed_windows(windows, nullptr, 0, &found, &vectors, &n), LINNET_OK);
  EXPECT_EQ(n, 1u);
  linnet_window_embedder_free(windows);

  linnet_token_embedder* embedder = nullptr;
  ASSERT_EQ(linnet_token_embedder_create(model, 1, &embedder), LINNET_OK);
  ASSERT_EQ(linnet_embed_tokens(embedder, "a b", 3, &vectors, &tokens, &dimension), LINNET_OK);
  EXPECT_EQ(tokens, 4u);
  EXPECT_EQ(dimension, 32u);
  EXPECT_NE(vectors[0], vectors[32]);
  EXPECT_EQ(linnet_embed_tokens(embedder, "a b", 3, nullptr, &tokens, &dimension), LINNET_INVALID_ARGUMENT);
  linnet_token_embedder_free(embedder);
  linnet_close(model);
}

TEST(CApiTasks, EmbedWithTheDefaultsAndWithoutAText) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(LINNET_SOURCE_DIR "/tests/golden/tiny_bert", &model), LINNET_OK);
  linnet_embedder* embedder = nullptr;
  ASSERT_EQ(linnet_embedder_create_with(model, nullptr, &embedder), LINNET_OK) << linnet_error_text();
  const char* texts[] = {nullptr, ""};
  const size_t none[] = {0, 0}, one[] = {1, 0};
  std::vector<float> vectors(2 * linnet_embedder_dimension(embedder));
  ASSERT_EQ(linnet_embed(embedder, texts, none, 2, vectors.data()), LINNET_OK) << linnet_error_text();
  EXPECT_TRUE(std::equal(vectors.begin(), vectors.begin() + static_cast<ptrdiff_t>(vectors.size() / 2),
                         vectors.begin() + static_cast<ptrdiff_t>(vectors.size() / 2)));
  EXPECT_EQ(linnet_embed(embedder, texts, one, 2, vectors.data()), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_embed(embedder, texts, nullptr, 2, vectors.data()), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "texts[0] is NULL");
  linnet_embedder_free(embedder);
  linnet_close(model);
}

TEST(CApiTasks, Similar) {
  const float queries[] = {1, 0, 0, 2}, candidates[] = {3, 3, 0, 1, 5, 0};
  linnet_similar* similar = nullptr;
  ASSERT_EQ(linnet_similar_create(queries, 2, 2, 2, 1, 0, 1, &similar), LINNET_OK) << linnet_error_text();
  ASSERT_EQ(linnet_similar_add(similar, candidates, 2), LINNET_OK);
  ASSERT_EQ(linnet_similar_add(similar, candidates + 4, 1), LINNET_OK);
  const linnet_neighbour* found = nullptr;
  size_t n = 0;
  ASSERT_EQ(linnet_similar_neighbours(similar, 0, &found, &n), LINNET_OK);
  ASSERT_EQ(n, 2u);
  EXPECT_EQ(found[0].index, 2u);
  EXPECT_EQ(found[0].score, 1);
  EXPECT_EQ(found[1].index, 0u);
  EXPECT_NEAR(found[1].score, std::sqrt(0.5), 1e-6);
  EXPECT_EQ(linnet_similar_neighbours(similar, 2, &found, &n), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "query 2, expected less than 2");
  EXPECT_EQ(linnet_similar_add(similar, nullptr, 1), LINNET_INVALID_ARGUMENT);
  linnet_similar_free(similar);
  EXPECT_EQ(linnet_similar_create(queries, 2, 0, 2, 1, 0, 1, &similar), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(similar, nullptr);
}

TEST(CApiTasks, Attend) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_open(LINNET_SOURCE_DIR "/tests/golden/tiny_bert", &model), LINNET_OK);
  linnet_attender* attender = nullptr;
  ASSERT_EQ(linnet_attender_create(model, 1, -1, &attender), LINNET_OK) << linnet_error_text();
  const float* weights = nullptr;
  size_t tokens = 0;
  ASSERT_EQ(linnet_attend(attender, "Hello, world!", 13, &weights, &tokens), LINNET_OK);
  ASSERT_EQ(tokens, 6u);
  for (size_t row = 0; row < 4 * tokens; ++row) {
    double sum = 0;
    for (size_t i = 0; i < tokens; ++i) sum += static_cast<double>(weights[row * tokens + i]);
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_EQ(linnet_attend(attender, nullptr, 1, &weights, &tokens), LINNET_INVALID_ARGUMENT);
  linnet_attender_free(attender);
  EXPECT_EQ(linnet_attender_create(model, 2, 0, &attender), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(linnet_error_text(), "layer 2, expected 0 to 1");
  EXPECT_EQ(attender, nullptr);
  linnet_close(model);
}

TEST(CApiTasks, TagAndAnswer) {
  const OpenModel model = open("bert_tag");
  linnet_tagger* tagger = nullptr;
  ASSERT_EQ(linnet_tagger_create(model.get(), 1, &tagger), LINNET_OK);
  const std::string text = "naïve café déjà vu";
  const linnet_result* found = nullptr;
  size_t n = 0;
  ASSERT_EQ(linnet_tag(tagger, text.data(), text.size(), &found, &n), LINNET_OK);
  ASSERT_EQ(n, 3u);
  EXPECT_STREQ(found[1].text, "LOC");
  EXPECT_EQ(found[1].begin, 14u);
  EXPECT_EQ(found[1].end, 16u);
  linnet_tagger_free(tagger);

  const OpenModel qa = open("bert_answer");
  linnet_answerer* answerer = nullptr;
  ASSERT_EQ(linnet_answerer_create(qa.get(), 3, 0, 1, &answerer), LINNET_OK);
  ASSERT_EQ(linnet_answer(answerer, "who is it", "the quick brown fox jumps over the lazy dog", &found, &n),
            LINNET_OK);
  ASSERT_EQ(n, 3u);
  EXPECT_STREQ(found[0].text, "dog");
  EXPECT_EQ(found[0].begin, 40u);
  EXPECT_EQ(linnet_answer(answerer, "who is it", nullptr, &found, &n), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(n, 0u);
  linnet_answerer_free(answerer);
}

TEST(CApiTasks, FillAndSparse) {
  const OpenModel model = open("bert_fill");
  linnet_mask_filler* filler = nullptr;
  ASSERT_EQ(linnet_mask_filler_create(model.get(), 2, 1, &filler), LINNET_OK);
  const linnet_result* found = nullptr;
  size_t n = 0;
  ASSERT_EQ(linnet_fill(filler, "the [MASK] fox", 14, &found, &n), LINNET_OK);
  ASSERT_EQ(n, 2u);
  EXPECT_STREQ(found[0].text, "the");
  EXPECT_EQ(found[0].token, 102);
  EXPECT_EQ(linnet_fill(filler, "no mask", 7, &found, &n), LINNET_INVALID_ARGUMENT);
  linnet_mask_filler_free(filler);

  linnet_sparse_encoder* encoder = nullptr;
  ASSERT_EQ(linnet_sparse_encoder_create(model.get(), 4, 1, &encoder), LINNET_OK);
  const int32_t* tokens = nullptr;
  const float* weights = nullptr;
  ASSERT_EQ(linnet_sparse(encoder, "a", 1, &tokens, &weights, &n), LINNET_OK);
  ASSERT_EQ(n, 4u);
  EXPECT_GE(weights[0], weights[3]);
  linnet_sparse_encoder_free(encoder);
}

}  // namespace
