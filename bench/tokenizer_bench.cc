// tokenizer_bench SHARED_DATA_FOLDER [MODEL.linnet] [Google Benchmark's options]: the tokenizer with the vocabulary of
// bert-base-uncased, line by line: MB/s of texts it has not seen and of texts it has, of other scripts, of texts
// made to be slow; with offsets; one short text alone; opening; two threads; English on each tier. With a model file
// also how long it takes to open that tokenizer.
//
// "fresh" passes begin with an empty Scratch, so nothing is remembered of the text; "seen" ones do not.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "kernels/split_runs.h"
#include "linnet/tokenizer.h"
#include "tokenizer/import.h"
#include "tokenizer/wordpiece.h"

namespace linnet::bench {
namespace {

using Lines = std::vector<std::string>;

Lines read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "tokenizer_bench: %s: cannot be read\n", path.c_str());
    std::exit(1);
  }
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

int64_t bytes_of(const Lines& lines) {
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  return static_cast<int64_t>(bytes);
}

struct Buffers {
  std::vector<int32_t> ids;
  std::vector<tokenizer::ByteSpan> spans;
  tokenizer::Scratch scratch;

  Buffers(const Lines& lines, bool offsets) {
    size_t longest = 0;
    for (const std::string& line : lines) longest = std::max(longest, line.size());
    ids.resize(tokenizer::WordPiece::max_tokens(longest));
    if (offsets) spans.resize(ids.size());
  }
  tokenizer::TokenBuffer out() {
    return {.ids = ids.data(), .spans = spans.empty() ? nullptr : spans.data(), .capacity = ids.size()};
  }
};

size_t encode_all(const tokenizer::WordPiece& wordpiece, const Lines& lines, Buffers& buffers) {
  size_t tokens = 0;
  for (const std::string& line : lines) {
    tokens += wordpiece.encode(line, {}, buffers.out(), buffers.scratch).num_tokens;
  }
  return tokens;
}

void report(benchmark::State& state, int64_t bytes, size_t tokens) {
  state.SetBytesProcessed(bytes * state.iterations());
  state.counters["MB/s"] = benchmark::Counter(
      static_cast<double>(bytes * state.iterations()) * 1e-6, benchmark::Counter::kIsRate);
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

void encode(benchmark::State& state, const tokenizer::WordPiece& wordpiece, const Lines& lines, bool offsets,
            bool seen) {
  Buffers buffers(lines, offsets);
  if (seen) encode_all(wordpiece, lines, buffers);
  size_t tokens = 0;
  for (auto _ : state) {
    if (!seen) {
      state.PauseTiming();
      buffers.scratch = {};
      state.ResumeTiming();
    }
    tokens += encode_all(wordpiece, lines, buffers);
  }
  report(state, bytes_of(lines), tokens);
}

// What memory and the machine allow: the loop that the scaling over threads is compared with.
void count_bytes(benchmark::State& state, const Lines& lines) {
  for (auto _ : state) {
    size_t spaces = 0;
    for (const std::string& line : lines) {
      spaces += static_cast<size_t>(std::count(line.begin(), line.end(), ' '));
    }
    benchmark::DoNotOptimize(spaces);
  }
  report(state, bytes_of(lines), 0);
}

void encode_one(benchmark::State& state, const tokenizer::WordPiece& wordpiece, const std::string& text) {
  const Lines lines = {text};
  Buffers buffers(lines, false);
  size_t tokens = 0;
  for (auto _ : state) tokens += encode_all(wordpiece, lines, buffers);
  report(state, static_cast<int64_t>(text.size()), tokens);
}

// Maps a file of tables, checks them and encodes one text.
void open_tables(benchmark::State& state, const std::string& path, const std::string& text) {
  for (auto _ : state) {
    const auto file = base::MappedFile::open(path);
    const auto wordpiece = tokenizer::WordPiece::from_tables(file.value().bytes(), path);
    Buffers buffers({text}, false);
    benchmark::DoNotOptimize(encode_all(wordpiece.value(), {text}, buffers));
  }
}

// The first text of a process that has the model file in its page cache.
void open_model(benchmark::State& state, const std::string& path, const std::string& text) {
  Encoding encoding;
  for (auto _ : state) {
    const auto opened = Tokenizer::open(path);
    if (!opened.ok()) return state.SkipWithError(opened.status().message.c_str());
    benchmark::DoNotOptimize(opened.value().encode(text, {}, encoding).ok());
  }
}

std::string repeated(std::string_view what, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += what;
  return text;
}

// Made to be slow: one word without end, words that nearly are tokens, marks, brackets, what no token has.
std::vector<std::pair<std::string, std::string>> hard_texts(size_t bytes) {
  return {{"one_word", repeated("a", bytes)},
          {"repeated_prefix", repeated("internationalizatio ", bytes)},
          {"long_words", repeated(repeated("internationalizatio", 95) + " ", bytes)},
          {"combining_marks", repeated("\xcc\x81", bytes)},
          {"reordered_marks", repeated("\xe3\x80\xae\xcc\xa3", bytes)},
          {"brackets", repeated("[", bytes)},
          {"nearly_special", repeated("[SEP", bytes)},
          {"unknown", repeated("\xf0\x9f\x98\x80 ", bytes)},
          {"invalid", repeated("\xff", bytes)}};
}

template <typename Function>
benchmark::internal::Benchmark* add(const std::string& name, Function function) {
  return benchmark::RegisterBenchmark(name.c_str(), function)->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace linnet::bench

int main(int argc, char** argv) {
  using namespace linnet;
  using bench::add;
  benchmark::Initialize(&argc, argv);
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: tokenizer_bench SHARED_DATA_FOLDER [MODEL.linnet] [--benchmark_...]\n");
    return 2;
  }
  const std::string data = argv[1];
  const auto imported = tokenizer::import_tokenizer(data + "/vocabs/bert-base-uncased", 1u << 24);
  if (!imported.ok()) {
    std::fprintf(stderr, "tokenizer_bench: %s\n", imported.status().message.c_str());
    return 1;
  }
  auto opened = tokenizer::WordPiece::from_tables(imported.value().tables, "tables");
  if (!opened.ok()) {
    std::fprintf(stderr, "tokenizer_bench: %s\n", opened.status().message.c_str());
    return 1;
  }
  tokenizer::WordPiece& wordpiece = opened.value();
  wordpiece.use(kernels::split_runs_for(kernels::best_isa()));

  bench::Lines english;
  for (const char* name : {"wikipedia_paragraphs", "squad_contexts", "gutenberg_moby_dick_paragraphs",
                           "product_reviews", "squad_questions_v11_dev"}) {
    const bench::Lines lines = bench::read_lines(data + "/text/" + name + ".txt");
    english.insert(english.end(), lines.begin(), lines.end());
  }
  std::vector<std::pair<std::string, bench::Lines>> scripts;
  for (const char* name : {"cmn_Hans", "jpn", "kor", "rus", "hin", "deu"}) {
    scripts.emplace_back(name, bench::read_lines(data + "/text/flores200/" + name + ".txt"));
  }
  const bench::Lines squad = bench::read_lines(data + "/text/squad_contexts.txt");
  const std::string short_text = "how do i locate my card when it has not arrived after a week";
  const auto hard = bench::hard_texts(1u << 20);
  const std::string path = "tokenizer_bench.tables";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(imported.value().tables.data()),
             static_cast<std::streamsize>(imported.value().tables.size()));

  using State = benchmark::State;
  for (const bool offsets : {false, true}) {
    const std::string how = offsets ? "/offsets" : "/ids";
    add("english_fresh" + how,
        [&, offsets](State& s) { bench::encode(s, wordpiece, english, offsets, false); });
    add("english_seen" + how,
        [&, offsets](State& s) { bench::encode(s, wordpiece, squad, offsets, true); });
    for (const auto& script : scripts) {
      add(script.first + "_fresh" + how,
          [&, offsets](State& s) { bench::encode(s, wordpiece, script.second, offsets, false); });
    }
  }
  for (const auto& text : hard) {
    add("hard/" + text.first,
        [&](State& s) { bench::encode(s, wordpiece, {text.second}, false, false); });
  }
  add("one_text", [&](State& s) { bench::encode_one(s, wordpiece, short_text); })
      ->Unit(benchmark::kNanosecond);
  add("open", [&](State& s) { bench::open_tables(s, path, short_text); })->Unit(benchmark::kMicrosecond);
  if (argc == 3) {
    add("open_model", [&](State& s) { bench::open_model(s, argv[2], short_text); })->Unit(benchmark::kMicrosecond);
  }
  // Every tier that this CPU has; the portable one is the tokenizer's own.
  std::vector<std::pair<std::string, tokenizer::WordPiece>> tiers = {{"portable", wordpiece}};
  tiers[0].second.use(nullptr);
  for (const auto& [name, isa] : {std::pair{"avx2", kernels::Isa::kAvx2}, {"avx512", kernels::Isa::kAvx512}}) {
    if (isa > kernels::best_isa()) continue;
    tiers.emplace_back(name, wordpiece);
    tiers.back().second.use(kernels::split_runs_for(isa));
  }
  for (const auto& tier : tiers) {
    for (const bool seen : {false, true}) {
      add("tier/" + tier.first + (seen ? "/english_seen" : "/english_fresh"),
          [&, seen](State& s) { bench::encode(s, tier.second, english, false, seen); });
    }
  }
  for (const int threads : {1, 2}) {
    add("threads/count_bytes", [&](State& s) { bench::count_bytes(s, english); })
        ->Threads(threads)
        ->UseRealTime();
    add("threads/english_seen", [&](State& s) { bench::encode(s, wordpiece, english, false, true); })
        ->Threads(threads)
        ->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  std::remove(path.c_str());
}
