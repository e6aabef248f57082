// Fuzzes encoding and decoding. What it holds to: no undefined behaviour (the sanitizers see to that), the
// same tokens on every tier, with and without places, from the cache and anew; places inside the text; a short
// buffer holds the first tokens; ids that the vocabulary lacks decode to nothing.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/split_runs.h"
#include "tests/fuzz/targets/probe.h"
#include "tests/tokenizer/tokenizer_from.h"

namespace {

using linnet::fuzz::require;
using namespace linnet;
using namespace linnet::tokenizer;

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

// Text of whatever ids: the special ones left out and kept, cleaned up and not.
void fuzz_decode(const WordPiece& wordpiece, std::string_view ids, size_t how) {
  std::vector<int32_t> numbers;
  for (size_t i = 0; i + 2 <= ids.size(); i += 2) {
    int16_t id;  // the vocabularies are small: most ids are in them, some are not or are negative
    std::memcpy(&id, ids.data() + i, sizeof(id));
    numbers.push_back(how % 2 == 0 ? id % 160 : id);
  }
  const bool skip_special = (how & 2) != 0, cleanly = (how & 4) != 0;
  std::string text = "kept";
  wordpiece.decode(numbers, skip_special, cleanly, text);
  require(text.starts_with("kept"));
  std::erase_if(numbers, [&](int32_t id) { return wordpiece.token(id).empty(); });
  std::string same = "kept";
  wordpiece.decode(numbers, skip_special, cleanly, same);
  require(text == same);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tests::OpenTokenizer uncased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  static const tests::OpenTokenizer cased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert_odd");
  if (size < 2) return 0;
  // Exactly as large as the text, so that a byte too far is seen.
  const std::unique_ptr<char[]> copy(new char[size - 2]);
  std::memcpy(copy.get(), data + 2, size - 2);
  const std::string_view input(copy.get(), size - 2);
  const WordPiece& wordpiece = data[0] % 2 == 0 ? uncased.wordpiece() : cased.wordpiece();
  if (data[0] % 8 < 6) {
    fuzz_text(wordpiece, input, data[1]);
  } else {
    fuzz_decode(wordpiece, input, data[1]);
  }
  return 0;
}
