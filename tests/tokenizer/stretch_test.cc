// The core of encoding: the same on every tier, with and without places, from the cache and anew, at the end of
// memory, in buffers of any size; and in linear time whatever the text.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <random>

#include "kernels/split_runs.h"
#include "tests/requirements.h"
#include "tests/temp_dir.h"
#include "tests/tokenizer/tokenizer_from.h"
#include "tokenizer/word_walk.h"

namespace linnet::tokenizer {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/";

std::vector<SplitRuns> tiers() {
  std::vector<SplitRuns> all = {nullptr};
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (kernels::isa_supported(isa)) all.push_back(kernels::split_runs_for(isa));
  }
  return all;
}

struct Places {
  std::vector<int32_t> ids, words;
  std::vector<std::pair<uint32_t, uint32_t>> spans;
  size_t num_repaired = 0;
  bool truncated = false;
  bool operator==(const Places&) const = default;
};

Places encode(const WordPiece& wordpiece, std::string_view text, Scratch& scratch, size_t capacity = 0) {
  if (capacity == 0) capacity = WordPiece::max_tokens(text.size());
  Places result{std::vector<int32_t>(capacity), std::vector<int32_t>(capacity), {}, 0, false};
  std::vector<ByteSpan> spans(capacity);
  const EncodeResult encoded = wordpiece.encode(text, {},
                                                {.ids = result.ids.data(), .spans = spans.data(),
                                                 .word_ids = result.words.data(), .capacity = capacity},
                                                scratch);
  result.ids.resize(encoded.num_tokens);
  result.words.resize(encoded.num_tokens);
  for (size_t i = 0; i < encoded.num_tokens; ++i) result.spans.emplace_back(spans[i].begin, spans[i].end);
  result.num_repaired = encoded.num_repaired;
  result.truncated = encoded.truncated;
  return result;
}

std::vector<int32_t> ids_alone(const WordPiece& wordpiece, std::string_view text, Scratch& scratch) {
  std::vector<int32_t> ids(WordPiece::max_tokens(text.size()));
  ids.resize(
      wordpiece.encode(text, {}, {.ids = ids.data(), .capacity = ids.size()}, scratch).num_tokens);
  return ids;
}

// Words of all kinds, some of them again and again, so that a cache meets them.
std::string random_text(std::mt19937& random, size_t words) {
  static const std::string kWords[] = {
      "the", "unaffable", "Tokenization", "internationalization", "x", "na\xc3\xafve", "\xed\x95\x9c\xea\xb5\xad",
      "\xe4\xbd\xa0\xe5\xa5\xbd", "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "\xcc\x81", "\xe3\x80\xae\xcc\xa3",
      "\xff\xfe", "\xe2\x82", "[SEP]", "[MASK", "a,b", "don't", "ab\xc2\xad" "cd", "\xc4\xb0", "\x0b", "3.14",
      "\xf0\x9f\x98\x80", "\xe3\x81\x93\xe3\x82\x93", std::string(70, 'q'), std::string(120, 'e'), "_", "\xe2\x80\x94"};
  std::string text;
  for (size_t n = 0; n < words; ++n) {
    text += kWords[random() % std::size(kWords)];
    if (random() % 4 != 0) text += random() % 8 == 0 ? "\n" : " ";
    if (random() % 16 == 0) text += static_cast<char>(random());
  }
  return text;
}

TEST(Stretch, TheSameOnEveryTierAnewAndFromTheCache) {
  std::mt19937 random(1);
  for (const char* folder : {"tiny_bert", "tiny_bert_odd"}) {
    const tests::OpenTokenizer tokenizer(kGolden + folder);
    WordPiece wordpiece = tokenizer.wordpiece();
    Scratch kept, kept_ids;
    for (int i = 0; i < 400; ++i) {
      const std::string text = random_text(random, i % 300);
      Scratch fresh;
      wordpiece.use(nullptr);
      const Places expected = encode(wordpiece, text, fresh);
      for (const SplitRuns split_runs : tiers()) {
        wordpiece.use(split_runs);
        ASSERT_TRUE(encode(wordpiece, text, kept) == expected) << i;
        ASSERT_EQ(ids_alone(wordpiece, text, kept), expected.ids) << i;
        ASSERT_EQ(ids_alone(wordpiece, text, kept_ids), expected.ids) << i;
      }
    }
  }
}

// More words of 1 to 40 bytes than the cache holds, again and again: those that fit, those that
// need a second line, those that are too long, and those that took another one's place.
TEST(Stretch, TheSameFromACacheThatOverflows) {
  std::mt19937 random(2);
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  std::vector<std::string> texts(400);
  for (std::string& text : texts) {
    for (int word = 0; word < 100; ++word) {
      for (size_t n = 1 + random() % 40; n > 0; --n) text += "abcdeqxyz\xc3\xa9"[random() % 11];
      text += ' ';
    }
  }
  for (const SplitRuns split_runs : tiers()) {
    WordPiece wordpiece = tokenizer.wordpiece();
    wordpiece.use(split_runs);
    Scratch kept;
    for (int round = 0; round < 2; ++round) {
      for (const std::string& text : texts) {
        Scratch fresh;  // too few words for a cache
        const Places expected = encode(wordpiece, text, fresh);
        ASSERT_TRUE(encode(wordpiece, text, kept) == expected) << text;
        ASSERT_EQ(ids_alone(wordpiece, text, kept), expected.ids) << text;
      }
    }
  }
}

// One thread, two tokenizers, one Scratch: what one has cached is not the other's.
TEST(Stretch, TokenizersDoNotShareTheCache) {
  const tests::OpenTokenizer one(kGolden + "tiny_bert"), other(kGolden + "tiny_bert_odd");
  std::mt19937 random(2);
  Scratch shared;
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random, 50);
    Scratch fresh, fresh_too;
    ASSERT_TRUE(encode(one.wordpiece(), text, shared) == encode(one.wordpiece(), text, fresh));
    ASSERT_TRUE(encode(other.wordpiece(), text, shared) == encode(other.wordpiece(), text, fresh_too));
  }
}

// The copy of a text has 0xFF for a zero: found by the fuzzer.
TEST(Stretch, AZeroIsNotCachedAsFF) {
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  Scratch scratch;
  for (int i = 0; i < 600; ++i) {  // enough for the cache to exist
    for (const std::string& text : {std::string("ab\0cde", 6), std::string("ab\xff" "cde")}) {
      const Places found = encode(tokenizer.wordpiece(), text, scratch);
      ASSERT_EQ(found.num_repaired, text[2] == '\0' ? 0u : 1u);
    }
  }
}

TEST(Stretch, EverySharedTextOnEveryTier) {
  const auto shared = tests::shared_dir();
  if (!shared) return tests::skip_or_fail("shared");
  const tests::OpenTokenizer tokenizer(*shared + "/data/vocabs/bert-base-uncased");
  WordPiece wordpiece = tokenizer.wordpiece();
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared + "/data/text")) {
    if (entry.path().extension() != ".txt") continue;
    const std::string text = tests::read_file(entry.path());
    Scratch scratch;
    wordpiece.use(nullptr);
    const Places expected = encode(wordpiece, text, scratch);
    for (const SplitRuns split_runs : tiers()) {
      wordpiece.use(split_runs);
      Scratch fresh;
      ASSERT_TRUE(encode(wordpiece, text, scratch) == expected) << entry.path();
      ASSERT_EQ(ids_alone(wordpiece, text, fresh), expected.ids) << entry.path();
      ASSERT_EQ(ids_alone(wordpiece, text, scratch), expected.ids) << entry.path();
    }
    ++files;
  }
  EXPECT_GT(files, 25u);
}

// A buffer of any size gets the first tokens of the text; one that is full may end anywhere in a word.
TEST(Stretch, AnyCapacityHoldsTheFirstTokens) {
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  std::mt19937 random(3);
  Scratch scratch;
  for (int i = 0; i < 60; ++i) {
    const std::string text = random_text(random, 30);
    const Places all = encode(tokenizer.wordpiece(), text, scratch);
    for (size_t capacity = 2; capacity < all.ids.size(); ++capacity) {
      const Places some = encode(tokenizer.wordpiece(), text, scratch, capacity);
      ASSERT_TRUE(some.truncated);
      ASSERT_EQ(some.ids.size(), capacity);
      for (size_t t = 0; t + 1 < capacity; ++t) {
        ASSERT_EQ(some.ids[t], all.ids[t]);
        ASSERT_EQ(some.words[t], all.words[t]);
        ASSERT_EQ(some.spans[t], all.spans[t]);
      }
    }
  }
}

// Text and buffers each end where memory does.
TEST(Stretch, TouchesNothingBehindTextOrBuffers) {
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t room = 4 * page;
  const auto guarded = [&] {
    void* const pages = ::mmap(nullptr, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(pages, MAP_FAILED);
    EXPECT_EQ(::mprotect(static_cast<char*>(pages) + room, page, PROT_NONE), 0);
    return static_cast<char*>(pages) + room;
  };
  char* const text_end = guarded();
  auto* const ids_end = reinterpret_cast<int32_t*>(guarded());
  auto* const spans_end = reinterpret_cast<ByteSpan*>(guarded());
  WordPiece wordpiece = tokenizer.wordpiece();
  std::mt19937 random(4);
  Scratch scratch;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = random_text(random, i % 60);
    if (text.size() > room) continue;
    Scratch fresh;
    const Places expected = encode(wordpiece, text, fresh);
    char* const at = text_end - text.size();
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    for (const SplitRuns split_runs : tiers()) {
      wordpiece.use(split_runs);
      for (const bool spans : {false, true}) {
        const size_t capacity = expected.ids.size();  // not one more than there are tokens
        const EncodeResult result =
            wordpiece.encode({at, text.size()}, {},
                             {.ids = ids_end - capacity, .spans = spans ? spans_end - capacity : nullptr,
                              .capacity = capacity},
                             scratch);
        ASSERT_EQ(result.num_tokens, capacity);
        ASSERT_EQ(std::memcmp(ids_end - capacity, expected.ids.data(), 4 * capacity), 0) << i;
      }
    }
  }
  for (char* const end : {text_end, reinterpret_cast<char*>(ids_end), reinterpret_cast<char*>(spans_end)}) {
    ::munmap(end - room, room + page);
  }
}

// ---- linear time, by counting steps ------------------------------------------------------------------

size_t bytes_split = 0;
size_t counting_split_runs(const uint8_t* classes, const char* text, size_t size, char* copy, uint16_t* begins,
                           uint16_t* ends, uint64_t* other) {
  bytes_split += size;
  return split_runs(classes, text, size, copy, begins, ends, other);
}

std::string repeated(const std::string& what, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += what;
  return text;
}

const std::vector<std::string> kHard = {
    "a", "internationalizatio ", "[", "[SEP", "\xcc\x81", "\xe3\x80\xae\xcc\xa3", "a\xe3\x80\xae",
    "\xf0\x9f\x98\x80 ", "\xf0\x9f\x98\x80", "\xff", std::string(255, 'a') + " ", std::string(300, 'b') + " ",
    std::string(1023, 'a') + " ", "\xe4\xbd\xa0", "\xe4\xbd\xa0 ", ".", " ", "\xc2\xad", "a\xc2\xad",
    std::string(1, '\0'), "e\xcc\x81", "\xea\xb0\x80"};

// No byte is split into runs more than twice, and a text that is four times as long takes four times as much.
TEST(Linear, BytesAreSplitAtMostTwice) {
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  WordPiece wordpiece = tokenizer.wordpiece();
  wordpiece.use(counting_split_runs);
  Scratch scratch;
  for (const std::string& what : kHard) {
    const std::string text = repeated(what, 1u << 20);
    bytes_split = 0;
    ids_alone(wordpiece, text, scratch);
    EXPECT_LE(bytes_split, 2 * text.size()) << what;
  }
}

// The automaton makes at most two moves for a symbol: one to a child, and one that emits a token.
TEST(Linear, TwoMovesForASymbol) {
  const tests::OpenTokenizer tokenizer(kGolden + "tiny_bert");
  const TablesView tables = view_tables(tokenizer.tables(), "tables").value();
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    const size_t size = 1 + random() % 100;
    std::vector<int32_t> ids(size);
    std::vector<uint32_t> ends(size);
    WordWalk<true, true> walk(tables, ids.data(), ends.data(), size);
    const uint32_t some = 1 + static_cast<uint32_t>(random()) % tables.header->num_symbols;
    bool known = true;
    size_t symbols = 0;
    for (; known && symbols < size; ++symbols) {
      known = walk.step(random() % 3 == 0 ? 1 + static_cast<uint32_t>(random()) % tables.header->num_symbols : some);
    }
    known = known && walk.finish();
    ASSERT_LE(walk.moves(), 2 * symbols);
    if (known) {
      ASSERT_EQ(ends[walk.pieces() - 1], symbols);
    }
  }
}

}  // namespace
}  // namespace linnet::tokenizer
