// Vectors of windows and of tokens: what fits has Embedder's bits, windows are texts of their own, and tokens
// have what transformers gives them.
#include "linnet/window_embedder.h"

#include <cmath>

#include "kernels/kernels.h"
#include "linnet/token_embedder.h"
#include "tests/engine/embed_all.h"
#include "tests/engine/hf_folder.h"
#include "tests/engine/reference_tensors.h"
#include "tests/engine/task_cases.h"

namespace linnet {
namespace {

using tests::embed_all;
using tests::open_model;

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/";

std::vector<std::string_view> views(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

std::vector<float> embed(const Model& model, const std::vector<std::string>& texts,
                         const WindowEmbedOptions& options) {
  auto embedder = WindowEmbedder::create(model, options);
  if (!embedder.ok()) throw std::runtime_error(embedder.status().message);
  std::vector<float> vectors(texts.size() * embedder.value().dimension());
  const Status status = embedder.value().embed(views(texts), vectors);
  if (!status.ok()) throw std::runtime_error(status.message);
  return vectors;
}

WindowVectors windows_of(const Model& model, const std::string& text, const WindowEmbedOptions& options) {
  auto embedder = WindowEmbedder::create(model, options);
  std::vector<WindowVectors> found;
  const Status status = embedder.value().embed_windows(std::vector<std::string_view>{text}, found);
  if (!status.ok()) throw std::runtime_error(status.message);
  return found[0];
}

// n letters between spaces: as many tokens, one for every two bytes.
std::string letters(size_t n) {
  std::string text;
  for (size_t i = 0; i < n; ++i) text += std::string(1, static_cast<char>('a' + i % 26)) + " ";
  return text;
}

TEST(WindowEmbedder, GivesShortTextsTheBitsOfEmbedder) {
  const std::vector<std::string> texts = {"", "a", "Hello, world!", "\xff bad", letters(20)};
  for (const std::string name : {"tiny_bert", "tiny_bert_odd", "tasks/mpnet"}) {
    const tests::HfFolder folder(name);
    if (name == "tiny_bert") {
      folder.edit("1_Pooling/config.json", [](nlohmann::json& p) { p["include_prompt"] = false; });
    }
    const Model model = open_model(folder.path());
    for (const Pooling pooling : kPoolings) {
      for (const char* prompt : {"", "the query: "}) {
        const EmbedOptions options{.pooling = pooling, .dimension = 7, .prompt = prompt};
        EXPECT_TRUE(tests::same_bits(embed(model, texts, {.embed = options}), embed_all(model, texts, 5, options)))
            << name << " " << pooling_name(pooling) << " " << prompt;
      }
    }
  }
}

// Windows of whole words are the vectors of those words, the prompt before each.
TEST(WindowEmbedder, SplitsAtTokens) {
  const Model model = open_model(kGolden + "tiny_bert");
  const std::string text = letters(30);
  for (const char* prompt : {"", "a b: "}) {
    const size_t room = *prompt == '\0' ? 10 : 7;
    const EmbedOptions options{.prompt = prompt, .max_length = 12};
    const WindowVectors found = windows_of(model, text, {.embed = options, .stride = 3});
    std::vector<std::string> parts;
    for (size_t begin = 0;; begin += room - 3) {
      const size_t end = std::min<size_t>(begin + room, 30);
      const size_t w = parts.size();
      ASSERT_LT(w, found.windows.size());
      EXPECT_EQ(found.windows[w].begin, 2 * begin);
      EXPECT_EQ(found.windows[w].end, 2 * end - 1);
      EXPECT_EQ(found.windows[w].tokens, end - begin);
      parts.push_back(text.substr(2 * begin, 2 * (end - begin)));
      if (end == 30) break;
    }
    ASSERT_EQ(parts.size(), found.windows.size());
    EXPECT_TRUE(tests::same_bits(found.vectors, embed_all(model, parts, 3, options))) << prompt;

    // All of them: the mean by tokens before normalizing.
    EmbedOptions raw = options;
    raw.normalize = false;
    const std::vector<float> all = embed_all(model, parts, 3, raw);
    std::vector<double> mean(32);
    double norm = 0;
    for (size_t j = 0; j < 32; ++j) {
      for (size_t w = 0; w < parts.size(); ++w) mean[j] += found.windows[w].tokens * double{all[w * 32 + j]};
      norm += mean[j] * mean[j];
    }
    const std::vector<float> whole = embed(model, {text}, {.embed = options, .stride = 3});
    for (size_t j = 0; j < 32; ++j) EXPECT_NEAR(whole[j], mean[j] / std::sqrt(norm), 1e-6);
  }
}

TEST(WindowEmbedder, HasTheSameBitsEverywhere) {
  std::vector<std::string> texts = tests::various_texts();
  texts.resize(60);
  texts.push_back(letters(200));
  const WindowEmbedOptions options{.embed = {.prompt = "so: ", .max_length = 20}, .stride = 4};
  const std::vector<float> all = embed(open_model(kGolden + "tiny_bert"), texts, options);
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa)) continue;
    const Model model = open_model(kGolden + "tiny_bert", kernels::isa_name(isa));
    EXPECT_TRUE(tests::same_bits(embed(model, texts, options), all)) << kernels::isa_name(isa);
  }
  WindowEmbedOptions threads = options;
  threads.embed.num_threads = 3;
  EXPECT_TRUE(tests::same_bits(embed(open_model(kGolden + "tiny_bert"), texts, threads), all));
}

TEST(WindowEmbedder, RefusesAndCounts) {
  const Model model = open_model(kGolden + "tiny_bert");
  const auto failure = [&](const WindowEmbedOptions& options) {
    const auto embedder = WindowEmbedder::create(model, options);
    return embedder.ok() ? std::string() : embedder.status().message;
  };
  EXPECT_EQ(failure({.embed = {.max_length = 12}, .stride = 10}),
            "stride 10, expected less than 10, the tokens of the text in a window");
  EXPECT_EQ(failure({.embed = {.prompt = "a b: ", .max_length = 12}, .stride = 7}),
            "stride 7, expected less than 7, the tokens of the text in a window");
  EXPECT_EQ(failure({.embed = {.dimension = 33}}).substr(0, 12), "dimension 33");

  auto strict = WindowEmbedder::create(model, {.embed = {.max_length = 8}, .long_texts = LongText::kError});
  const std::string too_long = letters(7);
  const std::string_view texts[] = {"a b c", too_long, "d"};
  std::vector<float> vectors(3 * 32);
  EmbedStats stats;
  EXPECT_EQ(strict.value().embed(texts, vectors, &stats).message, "text 1: the text has more than 8 tokens");
  std::vector<Status> problems(3);
  ASSERT_TRUE(strict.value().embed(texts, vectors, &stats, problems).ok());
  EXPECT_TRUE(problems[0].ok() && problems[2].ok());
  EXPECT_EQ(problems[1].message, "the text has more than 8 tokens");
  EXPECT_EQ(stats.texts, 2u);
  EXPECT_EQ(stats.tokens, 8u);
  EXPECT_EQ(std::vector<float>(vectors.begin() + 64, vectors.end()), embed_all(model, {"d"}, 1));
}

// A prompt that is one [UNK] alone, and many tokens where the text goes on with its last word.
TEST(WindowEmbedder, RefusesPromptsThatGrowIntoAllOfAWindow) {
  const tests::HfFolder folder;
  folder.edit("tokenizer.json", [](nlohmann::json& tokenizer) {
    nlohmann::json& vocab = tokenizer["model"]["vocab"];
    vocab["##xq"] = vocab["##x"];
    vocab.erase("##x");
  });
  const Model model = open_model(folder.path());
  const std::string text = "q " + letters(40), prompt = std::string(20, 'a') + "bx";
  std::vector<float> vector(32);
  const auto failure = [&](uint32_t length, uint32_t stride) {
    auto embedder = WindowEmbedder::create(
        model, {.embed = {.prompt = prompt, .max_length = length}, .stride = stride});
    EXPECT_TRUE(embedder.ok()) << embedder.status().message;
    return embedder.value().embed(views({text}), vector).message;
  };
  EXPECT_EQ(failure(23, 0), "text 0: the prompt before this text has 22 tokens, expected at most 21");
  EXPECT_EQ(failure(24, 0), "text 0: stride 0, expected less than 0, the tokens of this text in a window");
  EXPECT_EQ(failure(26, 2), "text 0: stride 2, expected less than 2, the tokens of this text in a window");
  EXPECT_EQ(failure(26, 1), "");
}

// tests/golden/make_attentions.py
TEST(TokenEmbedder, GivesTheLastHiddenState) {
  const tests::ReferenceTensors reference(kGolden + "attentions.safetensors");
  for (const std::string name : {"tiny_bert", "tiny_bert_plain", "tasks/mpnet", "tasks/electra", "tasks/distilbert"}) {
    const bool task = name.starts_with("tasks/");
    std::vector<std::string> texts;
    for (const std::string& line : tests::read_lines(kGolden + name + (task ? "/cases.jsonl" : "/texts.jsonl"))) {
      texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
      if (texts.size() == 6) break;
    }
    for (const uint32_t threads : {1u, 3u}) {
      auto embedder = TokenEmbedder::create(open_model(kGolden + name), {.task = {.num_threads = threads}});
      ASSERT_TRUE(embedder.ok()) << embedder.status().message;
      std::vector<TokenVectors> found;
      ASSERT_TRUE(embedder.value().embed(views(texts), found).ok());
      for (size_t i = 0; i < texts.size(); ++i) {
        const auto expected = reference.values<float>(name + " " + std::to_string(i) + " hidden");
        EXPECT_LE(tests::relative_difference(found[i].vectors, expected), 2e-6) << name << " " << i;
        EXPECT_EQ(found[i].tokens.ids.size() * embedder.value().dimension(), expected.size());
      }
    }
  }
}

TEST(TokenEmbedder, RefusesWindows) {
  const Model model = open_model(kGolden + "tiny_bert");
  EXPECT_EQ(TokenEmbedder::create(model, {.long_texts = LongText::kSplit}).status().code, Code::kInvalidArgument);
  auto strict = TokenEmbedder::create(model, {.task = {.max_length = 5}, .long_texts = LongText::kError});
  const std::string_view texts[] = {"a b c", "a b c d"};
  std::vector<TokenVectors> found;
  EXPECT_EQ(strict.value().embed(texts, found).message, "text 1: the text has more than 5 tokens");
  // What failed leaves nothing, not what was there.
  Status problems[2];
  found.assign(2, {{}, std::vector<float>(7)});
  ASSERT_TRUE(strict.value().embed(texts, found, nullptr, problems).ok());
  EXPECT_FALSE(problems[1].ok());
  EXPECT_EQ(found[0].vectors.size(), 5 * strict.value().dimension());
  EXPECT_TRUE(found[1].vectors.empty() && found[1].tokens.ids.empty());
}

}  // namespace
}  // namespace linnet
