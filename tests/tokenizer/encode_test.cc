// What encode() promises beside the ids: truncation, repair of UTF-8, buffers, hostile tables.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "tests/tokenizer/tokenizer_from.h"
#include "tokenizer/tables.h"
#include "tokenizer/utf8.h"

namespace linnet::tokenizer {
namespace {

const std::string kFolder = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";

// Letters, marks, Hangul, Chinese, special tokens, controls, and bytes that are no UTF-8.
std::string random_text(std::mt19937& random) {
  static const std::string kPieces[] = {
      "the", "a", " ", "B", "ing", "na\xc3\xafve", "\xed\x95\x9c", "\xe4\xbd\xa0", "[SEP]", "[MASK", "]",
      "\xe3\x80\xae", "\xcc\xa3", "\xff", "\xf0\x9f", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "!",
      "\xf4\x90\x80\x80", "\xf0\x9d\x85\x9e", "\xc4\xb0", "\t", "##s", std::string(1, '\0')};
  std::string text;
  for (size_t n = random() % 40; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
  return text;
}

TEST(Encode, TruncationIsExact) {
  const tests::OpenTokenizer tokenizer(kFolder);
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random);
    const tests::Tokens all = tokenizer.encode(text);
    ASSERT_FALSE(all.result.truncated);
    const size_t n = all.ids.size();
    for (size_t capacity = 2; capacity <= n + 2; ++capacity) {
      const tests::Tokens some = tokenizer.encode(text, capacity);
      ASSERT_EQ(some.result.truncated, capacity < n) << capacity << " of " << n;
      const size_t kept = std::min(capacity, n);
      ASSERT_EQ(some.ids.size(), kept);
      for (size_t t = 0; t < kept; ++t) {  // the last one is [SEP]
        const size_t from = t + 1 == kept ? n - 1 : t;
        ASSERT_EQ(some.ids[t], all.ids[from]);
        ASSERT_EQ(some.words[t], all.words[from]);
        ASSERT_EQ(some.spans[t].begin, all.spans[from].begin);
        ASSERT_EQ(some.spans[t].end, all.spans[from].end);
      }
    }
  }
}

TEST(Encode, SpansAndWordsMayBeLeftOut) {
  const tests::OpenTokenizer tokenizer(kFolder);
  std::mt19937 random(2);
  Scratch scratch;
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random);
    const tests::Tokens all = tokenizer.encode(text);
    std::vector<int32_t> ids(WordPiece::max_tokens(text.size()));
    const EncodeResult result = tokenizer.wordpiece().encode(
        text, {}, {.ids = ids.data(), .capacity = ids.size()}, scratch);
    ids.resize(result.num_tokens);
    EXPECT_EQ(ids, all.ids);
  }
}

TEST(Encode, SpecialTokensInTheText) {
  const tests::OpenTokenizer tokenizer(kFolder);
  const auto sep = tokenizer.wordpiece().id("[SEP]").value();
  EXPECT_EQ(tokenizer.encode("[SEP]", 0, {.add_special_tokens = false}).ids,
            std::vector<int32_t>{sep});
  const auto literal = tokenizer.encode("[SEP]", 0, {.add_special_tokens = false,
                                                     .match_special_tokens = false});
  EXPECT_GE(literal.ids.size(), 3u);
  for (const int32_t id : literal.ids) EXPECT_NE(id, sep);
}

TEST(Encode, NulIsTextThatVanishes) {
  const tests::OpenTokenizer tokenizer(kFolder);
  const std::string with("th\0e a", 6);
  EXPECT_EQ(tokenizer.encode(with).ids, tokenizer.encode("the a").ids);
  EXPECT_EQ(tokenizer.encode(with).result.num_repaired, 0u);
}

// Unicode's table 3-7, row by row: is `bytes` the beginning of a well-formed sequence, or all of one?
enum class Form { kBad, kBegun, kWhole };
Form form(std::string_view bytes) {
  static constexpr uint8_t kRows[][8] = {
      {0x00, 0x7F}, {0xC2, 0xDF, 0x80, 0xBF}, {0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF},
      {0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF}, {0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF},
      {0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF}, {0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
      {0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
      {0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF}};
  for (const auto& row : kRows) {
    size_t size = 1;
    while (size < 4 && row[2 * size + 1] != 0) ++size;
    bool fits = bytes.size() <= size;
    for (size_t i = 0; fits && i < bytes.size(); ++i) {
      const auto byte = static_cast<uint8_t>(bytes[i]);
      fits = byte >= row[2 * i] && byte <= row[2 * i + 1];
    }
    if (fits) return bytes.size() == size ? Form::kWhole : Form::kBegun;
  }
  return Form::kBad;
}

TEST(Utf8, MaximalSubpartsAgainstTheTable) {
  static constexpr uint8_t kBytes[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                       0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
                                       0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  const size_t n = std::size(kBytes);
  for (size_t code = 0; code < n * n * n * n; ++code) {
    std::string text;
    for (size_t rest = code, i = 0; i < 4; ++i, rest /= n) text += static_cast<char>(kBytes[rest % n]);
    for (size_t size = 1; size <= 4; ++size) {
      const std::string_view view = std::string_view(text).substr(0, size);
      size_t longest = 1;  // of what still begins a sequence
      bool whole = form(view.substr(0, 1)) == Form::kWhole;
      while (!whole && longest < size && form(view.substr(0, longest + 1)) != Form::kBad) {
        whole = form(view.substr(0, ++longest)) == Form::kWhole;
      }
      const Decoded decoded = decode_utf8(view);
      ASSERT_EQ(decoded.valid, whole);
      ASSERT_EQ(decoded.size, longest);
      char back[4];
      if (!whole) {
        ASSERT_EQ(decoded.scalar, 0xFFFDu);
      } else {
        ASSERT_EQ(std::string_view(back, encode_utf8(decoded.scalar, back)), view.substr(0, longest));
      }
    }
  }
}

TEST(Encode, CountsRepairs) {
  const tests::OpenTokenizer tokenizer(kFolder);
  EXPECT_EQ(tokenizer.encode("caf\xc3\xa9").result.num_repaired, 0u);
  EXPECT_EQ(tokenizer.encode("\xff\xfe").result.num_repaired, 2u);
  EXPECT_EQ(tokenizer.encode("a\xf0\x9f\x98").result.num_repaired, 1u);  // a maximal subpart
  EXPECT_EQ(tokenizer.encode("\xed\xa0\x80").result.num_repaired, 3u);    // a surrogate
  EXPECT_EQ(tokenizer.encode("a\xff").ids, tokenizer.encode("a\xef\xbf\xbd").ids);
}

// The text ends where memory does.
TEST(Encode, ReadsNothingBehindTheText) {
  const tests::OpenTokenizer tokenizer(kFolder);
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* const two = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(two, MAP_FAILED);
  char* const end = static_cast<char*>(two) + page;
  ASSERT_EQ(::mprotect(end, page, PROT_NONE), 0);
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(random);
    if (text.size() > page) continue;
    std::memcpy(end - text.size(), text.data(), text.size());
    EXPECT_EQ(tokenizer.encode({end - text.size(), text.size()}).ids, tokenizer.encode(text).ids);
  }
  ::munmap(two, 2 * page);
}

// Whatever the bytes: an error, or tables that encode() can use. The sanitizers' build is the judge.
void use(std::span<const std::byte> bytes, std::mt19937& random, int& opened) {
  const auto wordpiece = WordPiece::from_tables(bytes, "x");
  if (!wordpiece.ok()) {
    EXPECT_EQ(wordpiece.status().code, Code::kCorrupt);
    EXPECT_EQ(wordpiece.status().message.rfind("x: the tokenizer's tables are damaged: ", 0), 0u);
    return;
  }
  ++opened;
  Scratch scratch;
  for (int i = 0; i < 3; ++i) {
    const std::string text = random_text(random);
    std::vector<int32_t> ids(64);
    std::vector<ByteSpan> spans(64);
    const auto result = wordpiece.value().encode(
        text, {}, {.ids = ids.data(), .spans = spans.data(), .capacity = ids.size()}, scratch);
    ASSERT_LE(result.num_tokens, ids.size());
    for (size_t t = 0; t < result.num_tokens; ++t) {
      wordpiece.value().token(ids[t]);
      ASSERT_LE(spans[t].begin, spans[t].end);
      ASSERT_LE(spans[t].end, text.size());
    }
  }
}

TEST(HostileTables, EveryFieldOfTheHeader) {
  const tests::OpenTokenizer tokenizer(kFolder);
  std::mt19937 random(4);
  int opened = 0, tried = 0;
  for (size_t at = 0; at + 4 <= sizeof(TablesHeader); at += 4) {
    uint32_t was = 0;
    std::memcpy(&was, tokenizer.tables().data() + at, 4);
    for (const uint32_t value : {0u, 1u, was + 1, was - 1, was ^ 0x80000000u, 0x7fffffffu, 0xffffffffu}) {
      std::vector<std::byte> tables = tokenizer.tables();
      std::memcpy(tables.data() + at, &value, 4);
      use(tables, random, opened);
      ++tried;
    }
  }
  EXPECT_GT(opened, 0);
  EXPECT_LT(opened, tried);
}

TEST(HostileTables, FlippedAndTruncated) {
  const tests::OpenTokenizer tokenizer(kFolder);
  const size_t size = tokenizer.tables().size();
  std::mt19937 random(5);
  int opened = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::byte> tables = tokenizer.tables();
    for (int flips = 1 + i % 8; flips > 0; --flips) {
      tables[random() % size] ^= static_cast<std::byte>(1 << random() % 8);
    }
    use(tables, random, opened);
  }
  EXPECT_GT(opened, 0);
  for (int i = 0; i < 200; ++i) {
    const size_t shorter = i < 100 ? static_cast<size_t>(i) * sizeof(TablesHeader) / 99 : random() % size;
    int none = 0;
    use(std::span(tokenizer.tables()).first(shorter), random, none);
    EXPECT_EQ(none, 0) << shorter << " of " << size;
  }
}

// Found by fuzzing: pieces that end before they begin, or after their word.
TEST(HostileTables, DepthsThatAreWrong) {
  const tests::OpenTokenizer tokenizer(kFolder);
  TablesHeader header;
  std::memcpy(&header, tokenizer.tables().data(), sizeof(header));
  std::mt19937 random(7);
  size_t wrong = 0;
  for (uint32_t i = 1; i < header.nodes.count; ++i) {
    std::vector<std::byte> tables = tokenizer.tables();
    Node node;
    std::memcpy(&node, tables.data() + header.nodes.offset + i * sizeof(node), sizeof(node));
    if (node.check == 0) continue;  // free, or a root
    tables[header.depths.offset + i * sizeof(uint16_t)] ^= static_cast<std::byte>(1 + i % 8);
    int opened = 0;
    use(tables, random, opened);
    EXPECT_EQ(opened, 0) << "node " << i;
    ++wrong;
  }
  EXPECT_GT(wrong, 100u);
}

// A failure link that emits without end, or leads back, is no tokenizer.
TEST(HostileTables, FailureLinksThatRunInCircles) {
  const tests::OpenTokenizer tokenizer(kFolder);
  TablesHeader header;
  std::memcpy(&header, tokenizer.tables().data(), sizeof(header));
  std::mt19937 random(6);
  int opened = 0;
  for (uint32_t next = 1; next < header.failures.count; next += 1 + header.failures.count / 50) {
    std::vector<std::byte> tables = tokenizer.tables();
    for (uint32_t i = 1; i < header.failures.count; ++i) {
      const Failure failure{next, header.emitted.count > 0 && i % 2 == 0 ? kManyTokens : 0};
      std::memcpy(tables.data() + header.failures.offset + i * sizeof(failure), &failure, sizeof(failure));
    }
    use(tables, random, opened);
  }
  EXPECT_EQ(opened, 0);
}

}  // namespace
}  // namespace linnet::tokenizer
