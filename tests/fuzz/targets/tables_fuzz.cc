// Fuzzes the check of a .linnet file's tokenizer section: damaged or shortened, it is an error or can be used.
#include <cstdint>
#include <cstring>
#include <memory>

#include "tests/fuzz/targets/probe.h"
#include "tests/tokenizer/tokenizer_from.h"

using namespace linnet;
using namespace linnet::tokenizer;

// data: which tables (1 byte), how many bytes are missing at the end (2), then changes of 6 bytes each: where
// in the tables (4), whether in their header (1), which bits (1).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tests::OpenTokenizer uncased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert");
  static const tests::OpenTokenizer cased(LINNET_SOURCE_DIR "/tests/golden/tiny_bert_odd");
  if (size < 3) return 0;
  const std::vector<std::byte>& whole = data[0] % 2 == 0 ? uncased.tables() : cased.tables();
  uint16_t missing;
  std::memcpy(&missing, data + 1, sizeof(missing));
  const size_t length = whole.size() - (data[0] % 4 < 2 ? 0 : missing % whole.size());
  // Exactly as large as the tables, so that a byte too far is seen.
  const std::unique_ptr<std::byte[]> tables(new std::byte[length]);
  std::memcpy(tables.get(), whole.data(), length);
  for (size_t i = 3; i + 6 <= size; i += 6) {
    uint32_t place;
    std::memcpy(&place, data + i, sizeof(place));
    // Half of them in the header, where most depends on them.
    const size_t at = place % ((data[i + 4] & 1) != 0 ? std::min(sizeof(TablesHeader), length) : length);
    tables[at] ^= static_cast<std::byte>(data[i + 5]);
  }
  const auto wordpiece = WordPiece::from_tables({tables.get(), length}, "tables");
  if (wordpiece.ok()) fuzz::probe(wordpiece.value());
  return 0;
}
