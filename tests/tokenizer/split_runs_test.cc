// Every tier splits text into the same runs as the portable code and as a slow one written from the definition,
// and reads nothing outside the text.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "kernels/split_runs.h"
#include "tests/tokenizer/tokenizer_from.h"
#include "tokenizer/split_runs.h"
#include "tokenizer/tables_view.h"

namespace linnet::tokenizer {
namespace {

struct Split {
  std::string copy;
  std::vector<std::pair<size_t, size_t>> runs;
  std::vector<bool> other;
  bool operator==(const Split&) const = default;
};

Split split_with(SplitRuns split_runs, const ByteClasses& classes, std::string_view text) {
  const size_t padded = (text.size() + 63) / 64 * 64;
  std::string copy(padded, '?');
  std::vector<uint16_t> begins(text.size() + 16), ends(text.size() + 16);
  std::vector<uint64_t> other(padded / 64);
  const size_t count = split_runs(reinterpret_cast<const uint8_t*>(&classes), text.data(), text.size(),
                                  copy.data(), begins.data(), ends.data(), other.data());
  Split result{copy.substr(0, text.size()), {}, {}};
  for (size_t i = 0; i < count; ++i) result.runs.emplace_back(begins[i], ends[i]);
  for (size_t i = 0; i < text.size(); ++i) result.other.push_back((other[i / 64] >> (i % 64) & 1) != 0);
  return result;
}

// Byte by byte, from the sets alone.
Split split_slowly(const ByteClasses& classes, std::string_view text) {
  const auto in = [](const uint8_t* rows, uint8_t byte) {
    return byte < 0x80 && (rows[byte & 15] >> (byte >> 4) & 1) != 0;
  };
  Split result;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool space = in(classes.spaces, byte), alone = in(classes.alone, byte);
    result.other.push_back(!space && !alone && !in(classes.plain, byte));
    const bool upper = byte >= 'A' && byte <= 'Z';
    result.copy += static_cast<char>(byte == 0 ? 0xFF : byte + (upper ? classes.to_lower : 0));
    if (!space) {
      if (!alone && open) result.runs.back().second = i + 1;
      if (alone || !open) result.runs.emplace_back(i, i + 1);
    }
    open = !space && !alone;
  }
  return result;
}

std::vector<std::pair<const char*, SplitRuns>> tiers() {
  std::vector<std::pair<const char*, SplitRuns>> all = {{"portable", split_runs}};
  for (size_t i = 0; i < kernels::kNumIsas; ++i) {
    const auto isa = static_cast<kernels::Isa>(i);
    if (!kernels::isa_supported(isa) || kernels::split_runs_for(isa) == nullptr) continue;
    all.emplace_back(kernels::isa_name(isa), kernels::split_runs_for(isa));
  }
  return all;
}

ByteClasses classes_of(const std::string& folder) {
  const tests::OpenTokenizer tokenizer(folder);
  return view_tables(tokenizer.tables(), folder).value().ascii;
}

// Words, spaces, punctuation, controls and bytes that are not ASCII, in stretches of some length.
std::string random_text(std::mt19937& random, size_t size) {
  static const std::string kKinds[] = {"abcXYZ019", " \t\n\r", "!,.[]#'", std::string("\0\x0b\x1f\x7f", 4),
                                       "\x80\xbf\xc3\xe4\xff"};
  std::string text;
  while (text.size() < size) {
    const std::string& kind = kKinds[random() % std::size(kKinds)];
    for (size_t n = random() % (random() % 16 == 0 ? 150 : 8); n > 0; --n) text += kind[random() % kind.size()];
  }
  text.resize(size);
  return text;
}

TEST(SplitRuns, TheSameOnEveryTier) {
  std::mt19937 random(1);
  for (const char* folder : {"tiny_bert", "tiny_bert_odd"}) {
    const ByteClasses classes = classes_of(std::string(LINNET_SOURCE_DIR "/tests/golden/") + folder);
    for (size_t i = 0; i < 3000; ++i) {
      const std::string text = random_text(random, i % 400);
      const Split expected = split_slowly(classes, text);
      for (const auto& [name, function] : tiers()) {
        ASSERT_TRUE(split_with(function, classes, text) == expected) << name << " " << text.size();
      }
    }
  }
}

TEST(SplitRuns, EveryByteBesideEveryOther) {
  const ByteClasses classes = classes_of(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  std::string text;
  for (unsigned a = 0; a < 256; ++a) {
    text.clear();
    for (unsigned b = 0; b < 256; ++b) {
      text += static_cast<char>(a);
      text += static_cast<char>(b);
    }
    const Split expected = split_slowly(classes, text);
    for (const auto& [name, function] : tiers()) {
      ASSERT_TRUE(split_with(function, classes, text) == expected) << name << " " << a;
    }
  }
}

// The text lies between two pages that nothing may be read from.
TEST(SplitRuns, ReadsNothingOutsideTheText) {
  const ByteClasses classes = classes_of(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* const three =
      ::mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(three, MAP_FAILED);
  char* const begin = static_cast<char*>(three) + page;
  ASSERT_EQ(::mprotect(three, page, PROT_NONE), 0);
  ASSERT_EQ(::mprotect(begin + page, page, PROT_NONE), 0);
  std::mt19937 random(2);
  for (size_t size = 0; size < 300; ++size) {
    const std::string text = random_text(random, size);
    for (char* const at : {begin, begin + page - size}) {
      if (size > 0) std::memcpy(at, text.data(), size);
      for (const auto& [name, function] : tiers()) {
        ASSERT_TRUE(split_with(function, classes, {at, size}) == split_slowly(classes, text)) << name;
      }
    }
  }
  ::munmap(three, 3 * page);
}

}  // namespace
}  // namespace linnet::tokenizer
