// Vocabularies trained by Linnet against those that Hugging Face `tokenizers` trained on the same texts
// (tests/golden/trained_vocab/make_trained_vocab.py).
#include <gtest/gtest.h>

#include <fstream>

#include "linnet/tokenizer.h"
#include "linnet/train.h"
#include "tests/engine/embed_all.h"
#include "tests/temp_dir.h"

namespace linnet {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/";

// Trains with `options` and one or three threads, in the order of the vocabulary `name`.
void expect_the_reference_s(const std::string& name, VocabOptions options) {
  const std::string expected = kGolden + "trained_vocab/" + name + ".txt";
  options.like = expected;
  options.limit_alphabet = 5000;
  const auto lines = tests::read_lines(kGolden + "minilm/own_texts.txt");
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  for (const uint32_t threads : {1u, 3u}) {
    options.num_threads = threads;
    auto trainer = VocabTrainer::create(options);
    ASSERT_TRUE(trainer.ok()) << trainer.status().message;
    const size_t half = texts.size() / 2;
    ASSERT_TRUE(trainer.value().add(std::span(texts).first(half)).ok());
    ASSERT_TRUE(trainer.value().add(std::span(texts).subspan(half)).ok());
    const tests::TempDir dir;
    const auto report = trainer.value().write(dir / "made");
    ASSERT_TRUE(report.ok()) << report.status().message;
    const std::string vocab = tests::read_file(dir / "made/vocab.txt");
    EXPECT_TRUE(vocab == tests::read_file(expected)) << name << ", " << threads << " threads";
    EXPECT_EQ(report.value().vocab_size, static_cast<uint64_t>(std::count(vocab.begin(), vocab.end(), '\n')));
    // What it wrote is a tokenizer, with either of its files; vocab.txt and tokenizer_config.json cannot say all.
    const auto from_json = Tokenizer::open(dir / "made/tokenizer.json");
    const auto from_vocab = Tokenizer::open(dir / "made/vocab.txt");
    ASSERT_TRUE(from_json.ok()) << from_json.status().message;
    ASSERT_TRUE(from_vocab.ok()) << from_vocab.status().message;
    if (options.clean_text && options.special_tokens == VocabOptions().special_tokens) {
      EXPECT_EQ(from_json.value().info().fingerprint, from_vocab.value().info().fingerprint);
    }
    EXPECT_EQ(from_json.value().info().lowercase, options.lowercase);
  }
}

TEST(TrainVocab, Uncased) { expect_the_reference_s("uncased", {.vocab_size = 900}); }
TEST(TrainVocab, Cased) { expect_the_reference_s("cased", {.vocab_size = 1100, .lowercase = false}); }
TEST(TrainVocab, UntilNoFrequentPairIsLeft) { expect_the_reference_s("exhausted", {.min_frequency = 3}); }
TEST(TrainVocab, PairsThatAreThereOnce) {
  expect_the_reference_s("rare_too", {.vocab_size = 1600, .min_frequency = 0});
}
TEST(TrainVocab, AccentsAndChineseStay) {
  expect_the_reference_s("accents_stay", {.vocab_size = 1000, .clean_text = false, .handle_chinese_chars = false,
                                          .strip_accents = false});
}
TEST(TrainVocab, OwnSpecialTokensAndAlphabet) {
  expect_the_reference_s("own_specials", {.vocab_size = 850, .initial_alphabet = "Q\u20ac",
                                          .special_tokens = {"[UNK]", "[CLS]", "[SEP]", "<x>"}});
}

TEST(TrainVocab, MayBeWrittenAgainWithMore) {
  const tests::TempDir dir;
  auto trainer = VocabTrainer::create({.vocab_size = 40, .num_threads = 3});
  const std::string_view texts[] = {"caf\xe9 one", "two \xff", "three"};
  ASSERT_TRUE(trainer.value().add(texts).ok());
  for (const uint64_t times : {1, 1, 2}) {
    if (times == 2) { ASSERT_TRUE(trainer.value().add(texts).ok()); }
    const auto report = trainer.value().write(dir / "made");
    ASSERT_TRUE(report.ok()) << report.status().message;
    EXPECT_EQ(report.value().repaired, 2 * times);
  }
}

TEST(TrainVocab, WhatIsRefused) {
  const auto refused = [](const VocabOptions& options, const std::string& part) {
    const auto trainer = VocabTrainer::create(options);
    ASSERT_FALSE(trainer.ok()) << part;
    EXPECT_NE(trainer.status().message.find(part), std::string::npos) << trainer.status().message;
  };
  refused({.special_tokens = {"[UNK]", "[CLS]"}}, "the special tokens lack [SEP]");
  const auto refused_special = [&](const std::string& token, const std::string& part) {
    refused({.special_tokens = {"[UNK]", "[CLS]", "[SEP]", token}}, part);
  };
  refused_special("", "the special token \"\" is empty");
  refused_special("x\ny", "has a line break, which vocab.txt cannot hold");
  refused_special("x\r", "has a line break, which vocab.txt cannot hold");
  refused_special("x\xff", "is no UTF-8");
  refused_special("[CLS]", "the special token \"[CLS]\" is given twice");
  refused({.initial_alphabet = "a\n"}, "the initial alphabet has a line break");
  refused({.vocab_size = 0}, "a vocabulary of 0 tokens");
  refused({.continuing_prefix = ""}, "the continuing prefix has 0 bytes");
  refused({.like = "/nowhere/vocab.txt"}, "/nowhere/vocab.txt");
  const tests::TempDir dir;
  for (const char* text : {"", "Texts, line by line.\n## with a heading\n##\n"}) {
    std::ofstream(dir / "texts.txt") << text;
    refused({.like = dir / "texts.txt"}, "texts.txt: has no line of ## and one character");
  }
}

}  // namespace
}  // namespace linnet
