// tokenizer_bench MODEL FILE... [Google Benchmark's options]: MB/s and tokens/s over the lines of each file,
// one thread, ids alone and with places and words.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "engine/open_image.h"
#include "tokenizer/wordpiece.h"

namespace linnet::bench {
namespace {

void encode(benchmark::State& state, const tokenizer::WordPiece& wordpiece,
            const std::vector<std::string>& lines, bool with_places) {
  size_t longest = 0, bytes = 0, tokens = 0;
  for (const std::string& line : lines) {
    longest = std::max(longest, line.size());
    bytes += line.size() + 1;
  }
  const size_t capacity = tokenizer::WordPiece::max_tokens(longest);
  std::vector<int32_t> ids(capacity), words(capacity);
  std::vector<tokenizer::ByteSpan> spans(capacity);
  const tokenizer::TokenBuffer out{.ids = ids.data(),
                                   .spans = with_places ? spans.data() : nullptr,
                                   .word_ids = with_places ? words.data() : nullptr,
                                   .capacity = capacity};
  tokenizer::Scratch scratch;
  for (auto _ : state) {
    for (const std::string& line : lines) {
      tokens += wordpiece.encode(line, {}, out, scratch).num_tokens;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * static_cast<int64_t>(state.iterations()));
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  benchmark::Initialize(&argc, argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: tokenizer_bench MODEL FILE... [--benchmark_...]\n");
    return 2;
  }
  const auto image = engine::open_image(argv[1]);
  if (!image.ok()) {
    std::fprintf(stderr, "tokenizer_bench: %s\n", image.status().message.c_str());
    return 1;
  }
  const auto wordpiece = tokenizer::WordPiece::from_tables(image.value().tokenizer_tables(), argv[1]);
  if (!wordpiece.ok()) {
    std::fprintf(stderr, "tokenizer_bench: %s\n", wordpiece.status().message.c_str());
    return 1;
  }
  std::vector<std::vector<std::string>> files(static_cast<size_t>(argc));
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i]);
    if (!file) {
      std::fprintf(stderr, "tokenizer_bench: %s: cannot be read\n", argv[i]);
      return 1;
    }
    std::vector<std::string>& lines = files[static_cast<size_t>(i)];
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    const std::string path = argv[i];
    const std::string name = path.substr(path.rfind('/') + 1);
    for (const bool with_places : {false, true}) {
      benchmark::RegisterBenchmark((name + (with_places ? "/places" : "/ids")).c_str(),
                                   [&, with_places](benchmark::State& state) {
        bench::encode(state, wordpiece.value(), lines, with_places);
      });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
}
