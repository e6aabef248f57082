// tokenize_driver FOLDER: what WordPiece makes of texts, for tests/golden/tokenizer/fuzz_against_reference.py.
//
// Reads texts from standard input, each as its size in bytes (u32) and its bytes, until the end. Writes
// for each, as int32: the number of tokens, their ids, begin and end of each in bytes, their word ids
// (-1 for none). Special tokens are added. Everything little-endian.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tests/tokenizer/tokenizer_from.h"

namespace {

bool read_text(std::string& text) {
  uint32_t size = 0;
  if (std::fread(&size, sizeof(size), 1, stdin) != 1) return false;
  text.resize(size);
  return std::fread(text.data(), 1, size, stdin) == size;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("usage: tokenize_driver FOLDER < texts > tokens\n", stderr);
    return 2;
  }
  const linnet::tests::OpenTokenizer tokenizer(argv[1]);
  std::string text;
  std::vector<int32_t> packed;
  while (read_text(text)) {
    const linnet::tests::Tokens tokens = tokenizer.encode(text);
    packed = {static_cast<int32_t>(tokens.ids.size())};
    packed.insert(packed.end(), tokens.ids.begin(), tokens.ids.end());
    for (const auto& span : tokens.spans) {
      packed.push_back(static_cast<int32_t>(span.begin));
      packed.push_back(static_cast<int32_t>(span.end));
    }
    packed.insert(packed.end(), tokens.words.begin(), tokens.words.end());
    if (std::fwrite(packed.data(), sizeof(int32_t), packed.size(), stdout) != packed.size()) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "tokenize_driver: %s\n", error.what());
  return 1;
}
