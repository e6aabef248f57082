// linnet train-vocab: texts -> a WordPiece vocabulary.

#include "linnet/train.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/message.h"
#include "tools/progress.h"
#include "tools/thread_count.h"

namespace linnet::tools {
namespace {

Result<VocabOptions> parse_vocab_options(const Arguments& args) {
  VocabOptions options;
  constexpr uint64_t kMost = uint64_t{1} << 24;
  const auto size = args.count("vocab-size", 1, kMost);
  if (!size.ok()) return size.status();
  options.vocab_size = size.value().value_or(options.vocab_size);
  const auto frequency = args.count("min-frequency", 0, uint64_t{1} << 62);
  if (!frequency.ok()) return frequency.status();
  options.min_frequency = frequency.value().value_or(options.min_frequency);
  const auto alphabet = args.count("limit-alphabet", 0, kMost);
  if (!alphabet.ok()) return alphabet.status();
  if (alphabet.value()) options.limit_alphabet = *alphabet.value();
  if (options.limit_alphabet == 0) options.limit_alphabet.reset();
  options.initial_alphabet = args.value("initial-alphabet").value_or("");
  if (const auto tokens = args.values("special-token"); !tokens.empty()) options.special_tokens = tokens;
  options.clean_text = args.flag("clean-text", true);
  options.handle_chinese_chars = args.flag("chinese-chars", true);
  options.lowercase = args.flag("lowercase", true);
  options.strip_accents = args.flag("strip-accents");
  options.like = args.value("like").value_or("");
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  options.num_threads = threads.value().threads;
  return options;
}

// All records, a few megabytes at a time. A bad one ends it: half a corpus makes another vocabulary.
Status count_all(RecordReader& reader, VocabTrainer& trainer, RunCounters& counters) {
  constexpr size_t kBytes = size_t{16} << 20;
  constexpr size_t kTexts = size_t{1} << 16;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  for (bool more = true; more;) {
    texts.clear();
    const Result<bool> read = read_texts(reader, kTexts, kBytes, texts);
    if (!read.ok()) return read.status();
    more = read.value();
    views.assign(texts.begin(), texts.end());
    if (Status s = trainer.add(views); !s.ok()) return s;
    counters.texts += texts.size();
  }
  return {};
}

int run_train_vocab(const Arguments& args) {
  const auto folder = args.value("output");
  if (!folder) return exit_with({Code::kInvalidArgument, "no folder to write is given: -o FOLDER"});
  if (folder->empty() || *folder == "-") {
    return exit_with({Code::kInvalidArgument, "-o " + *folder + ": expected the name of a folder"});
  }
  const Result<VocabOptions> options = parse_vocab_options(args);
  if (!options.ok()) return exit_with(options.status());
  const Result<InputOptions> input = parse_input(args);
  if (!input.ok()) return exit_with(input.status());
  Result<RecordReader> reader = RecordReader::open(input.value());
  if (!reader.ok()) return exit_with(reader.status());
  Result<VocabTrainer> trainer = VocabTrainer::create(options.value());
  if (!trainer.ok()) return exit_with(trainer.status());

  RunCounters counters;
  Status status;
  double seconds = 0;
  {
    Monitor monitor(args, counters);
    status = count_all(reader.value(), trainer.value(), counters);
    seconds = monitor.seconds();
  }
  if (!status.ok()) return exit_with(status);
  if (counters.texts == 0) return exit_with({Code::kCorrupt, "no texts to train on"});
  const Result<VocabReport> report = trainer.value().write(*folder);
  if (!report.ok()) return exit_with(as_failure(report.status()));
  const VocabReport& made = report.value();
  note(*folder + ": " + std::to_string(made.vocab_size) + " tokens from " +
       std::to_string(made.different_words) + " different words in " + std::to_string(counters.texts) +
       " texts");
  if (made.vocab_size < options.value().vocab_size) {
    note("fewer than the " + std::to_string(options.value().vocab_size) +
         " asked for: no pair of pieces is left that stands together " +
         std::to_string(options.value().min_frequency) + " times");
  }
  if (made.vocab_size > options.value().vocab_size) {
    note("more than the " + std::to_string(options.value().vocab_size) +
         " asked for: special tokens and characters are in it in any case");
  }
  if (made.repaired > 0) note(std::to_string(made.repaired) + " invalid UTF-8 sequences read as U+FFFD");
  detail("words counted in " + std::to_string(seconds) + " s");
  detail("peak memory: " + std::to_string(peak_memory_kib()) + " KiB");
  return kExitDone;
}

}  // namespace

Command train_vocab_command() {
  using Kind = Option::Kind;
  return {.name = "train-vocab",
          .summary = "Makes a WordPiece vocabulary of texts.",
          .usage = "-o FOLDER [options] [FILE...]",
          .options = join({input_options(),
                           {{Kind::kValue, 'o', "output", "FOLDER",
                             "where vocab.txt, tokenizer.json and tokenizer_config.json go"},
                            {Kind::kValue, '\0', "vocab-size", "N", "tokens (default: 30000)"},
                            {Kind::kValue, '\0', "min-frequency", "N",
                             "how often two pieces stand together to become one (default: 2)"},
                            {Kind::kValue, '\0', "limit-alphabet", "N",
                             "characters at most, the most frequent ones; 0: all (default: 1000)"},
                            {Kind::kValue, '\0', "initial-alphabet", "CHARS",
                             "characters that are in it in any case"},
                            {Kind::kValue, '\0', "special-token", "T",
                             "instead of [PAD] [UNK] [CLS] [SEP] [MASK], in this order (repeatable)"},
                            {Kind::kFlag, '\0', "lowercase", "", "lowercase texts (default: yes)"},
                            {Kind::kFlag, '\0', "strip-accents", "",
                             "take accents off (default: as --lowercase)"},
                            {Kind::kFlag, '\0', "chinese-chars", "",
                             "each Chinese character is a word (default: yes)"},
                            {Kind::kFlag, '\0', "clean-text", "", "drop control characters (default: yes)"},
                            {Kind::kValue, '\0', "like", "VOCAB",
                             "a vocab.txt of Hugging Face's trainer to make again: takes its random order "
                             "of the characters inside words (default: by code point)"},
                            {Kind::kValue, 't', "threads", "N",
                             "workers (default: the CPUs this process may use)"}},
                           common_options()}),
          .examples = {"linnet train-vocab -o my-tokenizer --vocab-size 8000 corpus.txt",
                       "linnet train-vocab -o cased --no-lowercase corpus.jsonl --field body"},
          .run = run_train_vocab};
}

}  // namespace linnet::tools
