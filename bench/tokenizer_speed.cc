// tokenizer_speed FOLDER TEXTS [PASSES] [--offsets] [--warm TEXTS]: the time to tokenize the lines of a file, for
// bench/compare/tokenizers.py, which measures others on the same lines.
//
// Prints one JSON line: bytes, texts, tokens; the seconds of the first pass over the lines after the tokenizer
// has read the lines of --warm (`fresh`) and of the fastest of PASSES more (`seen`); the SHA-256 of all ids
// as int32, each line's followed by -1.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sha256.h"
#include "kernels/split_runs.h"
#include "tokenizer/import.h"
#include "tokenizer/wordpiece.h"

namespace {

using namespace linnet;

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "tokenizer_speed: %s: cannot be read\n", path);
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Buffers {
  std::vector<int32_t> ids;
  std::vector<tokenizer::ByteSpan> spans;
  std::vector<size_t> ends;  // of each text's tokens
  tokenizer::Scratch scratch;
};

// Returns seconds.
double encode_all(const tokenizer::WordPiece& wordpiece, const std::vector<std::string_view>& lines,
                  bool offsets, Buffers& buffers) {
  const auto start = std::chrono::steady_clock::now();
  size_t at = 0;
  buffers.ends.clear();
  for (const std::string_view line : lines) {
    at += wordpiece
              .encode(line, {},
                      {.ids = buffers.ids.data() + at,
                       .spans = offsets ? buffers.spans.data() + at : nullptr,
                       .capacity = buffers.ids.size() - at},
                      buffers.scratch)
              .num_tokens;
    buffers.ends.push_back(at);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string hash_of(const Buffers& buffers) {
  std::vector<int32_t> rows;
  size_t at = 0;
  for (const size_t end : buffers.ends) {
    for (; at < end; ++at) rows.push_back(buffers.ids[at]);
    rows.push_back(-1);
  }
  return engine::sha256_hex({std::as_bytes(std::span(rows))});
}

}  // namespace

int main(int argc, char** argv) {
  bool offsets = false;
  const char* warm = nullptr;
  std::vector<const char*> words;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--offsets") == 0) {
      offsets = true;
    } else if (std::strcmp(argv[i], "--warm") == 0 && i + 1 < argc) {
      warm = argv[++i];
    } else {
      words.push_back(argv[i]);
    }
  }
  if (words.size() < 2) {
    std::fprintf(stderr, "usage: tokenizer_speed FOLDER TEXTS [PASSES] [--offsets] [--warm TEXTS]\n");
    return 2;
  }
  auto imported = tokenizer::import_tokenizer(words[0], 1u << 24);
  if (!imported.ok()) {
    std::fprintf(stderr, "tokenizer_speed: %s\n", imported.status().message.c_str());
    return 1;
  }
  auto opened = tokenizer::WordPiece::from_tables(imported.value().tables, words[0]);
  if (!opened.ok()) {
    std::fprintf(stderr, "tokenizer_speed: %s\n", opened.status().message.c_str());
    return 1;
  }
  tokenizer::WordPiece& wordpiece = opened.value();
  wordpiece.use(kernels::split_runs_for(kernels::best_isa()));
  const std::string text = read_file(words[1]);
  const auto lines = lines_of(text);
  const std::string warm_text = warm == nullptr ? "" : read_file(warm);
  Buffers buffers;
  const size_t most = std::max(text.size(), warm_text.size());
  buffers.ids.assign(most + 16 * (lines.size() + warm_text.size() / 2 + 1), -1);
  if (offsets) buffers.spans.assign(buffers.ids.size(), {0, 0});
  buffers.ends.reserve(lines.size() + 1);
  if (warm != nullptr) encode_all(wordpiece, lines_of(warm_text), offsets, buffers);
  const double fresh = encode_all(wordpiece, lines, offsets, buffers);
  double seen = fresh;
  const int passes = words.size() > 2 ? std::atoi(words[2]) : 10;
  for (int i = 0; i < passes; ++i) {
    seen = std::min(seen, encode_all(wordpiece, lines, offsets, buffers));
  }
  std::printf("{\"bytes\": %zu, \"texts\": %zu, \"tokens\": %zu, \"fresh\": %.9f, \"seen\": %.9f, "
              "\"hash\": \"%s\"}\n",
              text.size(), lines.size(), buffers.ends.empty() ? size_t{0} : buffers.ends.back(), fresh, seen,
              hash_of(buffers).c_str());
  return 0;
}
