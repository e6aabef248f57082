// Fuzzes encoding and the check of tokenizer tables. What it holds to: no undefined behaviour (the sanitizers
// see to that), the same tokens on every tier, with and without places, from the cache and anew; places
// inside the text; a short buffer holds the first tokens; damaged tables are an error or can be used.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "kernels/split_runs.h"
#include "tests/tokenizer/tokenizer_from.h"

namespace {

using namespace linnet;
using namespace linnet::tokenizer;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<SplitRuns> tiers() {
  std::vector<SplitRuns> all = {nullptr};
  if (__builtin_cpu_supports("avx2")) all.push_back(kernels::split_runs_for(kernels::Isa::kAvx2));
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    all.push_back(kernels::split_runs_for(kernels::Isa::kAvx512));
  }
  return all;
}

struct Encoded {
  std::vector<int32_t> ids, words;
  std::vector<ByteSpan> spans;
  EncodeResult result;
};

Encoded encode(const WordPiece& wordpiece, std::string_view text, size_t capacity, bool places,
               Scratch& scratch) {
  Encoded all;
  all.ids.resize(capacity);
  if (places) {
    all.words.resize(capacity);
    all.spans.resize(capacity);
  }
  all.result = wordpiece.encode(text, {},
                                {.ids = all.ids.data(), .spans = places ? all.spans.data() : nullptr,
                                 .word_ids = places ? all.words.data() : nullptr, .capacity = capacity},
                                scratch);
  require(all.result.num_tokens <= capacity);
  all.ids.resize(all.result.num_tokens);
  return all;
}

void fuzz_text(const WordPiece& opened, std::string_view text, size_t some) {
  static Scratch kept;
  WordPiece wordpiece = opened;
  const size_t most = WordPiece::max_tokens(text.size());
  Scratch anew;
  const Encoded expected = encode(wordpiece, text, most, true, anew);
  require(!expected.result.truncated);
  for (size_t i = 0; i < expected.ids.size(); ++i) {
    require(static_cast<uint32_t>(expected.ids[i]) < wordpiece.info().vocab_size);
    require(expected.spans[i].begin <= expected.spans[i].end && expected.spans[i].end <= text.size());
  }
  for (const SplitRuns split_runs : tiers()) {
    wordpiece.use(split_runs);
    for (const bool places : {false, true}) {
      const Encoded found = encode(wordpiece, text, most, places, kept);
      require(found.ids == expected.ids);
      require(found.result.num_repaired == expected.result.num_repaired);
      for (size_t i = 0; places && i < found.ids.size(); ++i) {
        require(found.words[i] == expected.words[i] && found.spans[i].begin == expected.spans[i].begin &&
                found.spans[i].end == expected.spans[i].end);
      }
    }
  }
  const size_t capacity = wordpiece.num_special_tokens() + some % (expected.ids.size() + 1);
  const Encoded first = encode(wordpiece, text, capacity, some % 2 == 0, kept);
  require(first.result.truncated == (capacity < expected.ids.size()));
  const size_t same = first.result.truncated ? first.ids.size() - 1 : first.ids.size();
  require(std::memcmp(first.ids.data(), expected.ids.data(), 4 * same) == 0);
}

// `changes`: 6 bytes each: where in the tables (4), how many bits on (1), which bits (1).
void fuzz_tables(std::vector<std::byte>& tables, const uint8_t* changes, size_t size) {
  std::vector<std::pair<size_t, std::byte>> before;
  for (size_t i = 0; i + 6 <= size; i += 6) {
    uint32_t place;
    std::memcpy(&place, changes + i, sizeof(place));
    // Half of them in the header, where most depends on them.
    const size_t at = (changes[i + 4] & 1) != 0 ? place % sizeof(TablesHeader) : place % tables.size();
    before.emplace_back(at, tables[at]);
    tables[at] ^= static_cast<std::byte>(changes[i + 5]);
  }
  if (const auto wordpiece = WordPiece::from_tables(tables, "tables"); wordpiece.ok()) {
    Scratch scratch;
    const std::string_view text =
        "the unaffable na\xc3\xafve \xed\x95\x9c \xe4\xbd\xa0 [SEP] abc##def \xe3\x80\xae\xcc\xa3 \xff q, 3.14";
    for (const bool places : {false, true}) {
      const Encoded found = encode(wordpiece.value(), text, 64, places, scratch);
      for (const int32_t id : found.ids) wordpiece.value().token(id);
    }
  }
  for (size_t i = before.size(); i > 0; --i) tables[before[i - 1].first] = before[i - 1].second;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tests::OpenTokenizer uncased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  static const tests::OpenTokenizer cased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert_odd");
  static std::vector<std::byte> tables = uncased.tables();
  if (size < 2) return 0;
  if (data[0] % 4 == 3) {
    fuzz_tables(tables, data + 2, size - 2);
    return 0;
  }
  // Exactly as large as the text, so that a byte too far is seen.
  const std::unique_ptr<char[]> copy(new char[size - 2]);
  std::memcpy(copy.get(), data + 2, size - 2);
  fuzz_text(data[0] % 2 == 0 ? uncased.wordpiece() : cased.wordpiece(), {copy.get(), size - 2}, data[1]);
  return 0;
}
