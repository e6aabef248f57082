// linnet tokenize: texts -> tokens, and back.
#include <array>
#include <charconv>
#include <thread>
#include <vector>

#include "linnet/tokenizer.h"
#include "tools/batch.h"
#include "tools/commands.h"
#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/model_path.h"
#include "tools/npy.h"
#include "tools/string_list.h"
#include "tools/thread_count.h"
#include "tools/token_format.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr std::string_view kTokenizeFormats[] = {"jsonl", "ids", "tokens", "count", "npy"};
constexpr std::string_view kDecodedFormats[] = {"jsonl", "text"};

struct Job {
  TokenizeOptions options;
  DecodeOptions decode_options;
  TokenFormat layout;
  std::string format;
  bool decode = false, windows = false, count = false;
  uint32_t threads = 1;
};

// Of one row.
struct Answer {
  std::vector<Encoding> encodings;
  uint64_t count = 0;
  size_t repaired = 0;  // wrong UTF-8 sequences
  std::string text;     // decoded
  Status status;
};

Result<linnet::OffsetUnit> parse_unit(const Arguments& args) {
  const std::string name = args.value("offset-unit").value_or("codepoint");
  if (name == "byte") return linnet::OffsetUnit::kByte;
  if (name == "codepoint") return linnet::OffsetUnit::kCodepoint;
  if (name == "utf16") return linnet::OffsetUnit::kUtf16;
  return usage("--offset-unit " + name + ": expected byte, codepoint or utf16");
}

Status parse_truncation(const Arguments& args, TokenizeOptions& options) {
  const std::string strategy = args.value("truncation").value_or("longest_first");
  if (strategy == "longest_first") {
    options.truncation = Truncation::kLongestFirst;
  } else if (strategy == "only_first") {
    options.truncation = Truncation::kOnlyFirst;
  } else if (strategy == "only_second") {
    options.truncation = Truncation::kOnlySecond;
  } else {
    return usage("--truncation " + strategy + ": expected longest_first, only_first or only_second");
  }
  const std::string side = args.value("truncation-side").value_or("right");
  if (side != "right" && side != "left") return usage("--truncation-side " + side + ": expected right or left");
  options.truncate_left = side == "left";
  return {};
}

// Options that would change nothing.
Status check_idle(const Arguments& args) {
  const bool decode = args.flag("decode", false), limited = args.value("max-length").has_value();
  for (const char* name : {"truncation", "truncation-side", "offset-unit"}) {
    if (decode && args.value(name)) return usage("--decode does not go with --" + std::string(name));
  }
  for (const char* name : {"masks", "literal"}) {
    if (decode && args.flag(name, false)) return usage("--decode does not go with --" + std::string(name));
  }
  for (const char* name : {"truncation", "truncation-side"}) {
    if (!limited && args.value(name)) return usage("--" + std::string(name) + " needs --max-length");
  }
  return !decode && args.flag("clean-up") ? usage("--clean-up needs --decode") : Status{};
}

Result<Job> parse_job(const Arguments& args) {
  Job job;
  job.decode = args.flag("decode", false);
  const auto length = args.count("max-length", 1, uint64_t{1} << 32);
  if (!length.ok()) return length.status();
  job.options.max_length = length.value().value_or(0);
  const auto stride = args.count("stride", 0, uint64_t{1} << 32);
  if (!stride.ok()) return stride.status();
  job.windows = stride.value().has_value();
  job.options.stride = stride.value().value_or(0);
  if (job.windows && job.options.max_length == 0) return usage("--stride needs --max-length, the size of a window");
  if (Status s = parse_truncation(args, job.options); !s.ok()) return s;
  const auto unit = parse_unit(args);
  if (!unit.ok()) return unit.status();
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  job.threads = threads.value().threads;
  job.options.add_special_tokens = args.flag("special", true);
  job.options.match_special_tokens = !args.flag("literal", false);
  job.decode_options = {.skip_special_tokens = !args.flag("special", false), .clean_up = args.flag("clean-up")};
  const bool pair = args.value("pair") || args.value("pair-field");
  const bool words = args.flag("words", false);
  job.layout = {.unit = unit.value(), .pair = pair, .masks = args.flag("masks", false), .words = words,
                .windows = job.windows};
  if (job.options.truncation == Truncation::kOnlySecond && !pair) {
    return usage("--truncation only_second needs pairs: --pair or --pair-field");
  }
  if (words && (pair || job.windows || job.decode)) {
    return usage("--words goes with neither pairs nor --stride nor --decode");
  }
  if (job.decode && (pair || job.windows || length.value())) {
    return usage("--decode goes with neither pairs nor --max-length and --stride");
  }
  if (Status s = check_idle(args); !s.ok()) return s;
  return job;
}

// What the options alone decide. What depends on a text too, as how much of a pair is left for each, is found there.
Status check_lengths(const Job& job, const TokenizerInfo& tokenizer) {
  if (job.options.max_length == 0) return {};
  size_t specials = job.layout.pair ? tokenizer.num_special_tokens_pair : tokenizer.num_special_tokens;
  if (!job.options.add_special_tokens) specials = 0;
  const std::string length = "--max-length " + std::to_string(job.options.max_length);
  if (job.options.max_length < specials) {
    return usage(length + ": leaves no room for the " + std::to_string(specials) + " special tokens");
  }
  const size_t room = job.options.max_length - specials;
  if (!job.windows || job.options.stride < room) return {};
  return usage("--stride " + std::to_string(job.options.stride) + ": expected less than " + std::to_string(room) +
               ", the tokens that " + length + " leaves beside the special ones");
}

// The ids of a text: numbers with spaces or commas between them, in brackets or not.
Result<std::vector<int32_t>> parse_ids(std::string_view text, uint32_t vocab_size) {
  constexpr std::string_view kBetween = " \t,[]";
  std::vector<int32_t> ids;
  for (size_t at = text.find_first_not_of(kBetween); at < text.size();
       at = text.find_first_not_of(kBetween, at)) {
    int32_t id = 0;
    const auto [end, problem] = std::from_chars(text.data() + at, text.data() + text.size(), id);
    const auto next = static_cast<size_t>(end - text.data());
    if (problem != std::errc() || (next < text.size() && kBetween.find(text[next]) == std::string_view::npos)) {
      return Status{Code::kCorrupt, "found \"" + std::string(text.substr(at, 20)) + "\", expected token ids"};
    }
    if (id < 0 || static_cast<uint32_t>(id) >= vocab_size) {
      return Status{Code::kCorrupt, "found the token id " + std::to_string(id) + ", expected 0 to " +
                                        std::to_string(vocab_size - 1)};
    }
    ids.push_back(id);
    at = next;
  }
  return ids;
}

void work_on(const Tokenizer& tokenizer, const Job& job, std::string_view text, std::string_view pair,
             Answer& answer) {
  if (job.decode) {
    const auto ids = parse_ids(text, tokenizer.info().vocab_size);
    answer.status = ids.status();
    answer.count = ids.ok() ? ids.value().size() : 0;
    if (ids.ok()) answer.text = tokenizer.decode(ids.value(), job.decode_options);
    return;
  }
  if (job.count) {
    const auto count = tokenizer.count(text, job.options);
    answer.status = count.status();
    answer.count = count.ok() ? count.value() : 0;
    answer.repaired = count_wrong_utf8(text);
    return;
  }
  if (job.layout.words) {
    answer.encodings.resize(1);
    answer.status = tokenizer.encode_words(items_of(text), job.options, answer.encodings[0]);
  } else if (job.windows) {
    answer.status = job.layout.pair
                        ? tokenizer.encode_windows(text, pair, job.options, answer.encodings)
                        : tokenizer.encode_windows(text, job.options, answer.encodings);
  } else {
    answer.encodings.resize(1);
    answer.status = job.layout.pair ? tokenizer.encode_pair(text, pair, job.options, answer.encodings[0])
                                    : tokenizer.encode(text, job.options, answer.encodings[0]);
  }
  answer.count = 0;
  for (const Encoding& encoding : answer.encodings) answer.count += encoding.ids.size();
  answer.repaired = answer.encodings.empty() ? 0 : answer.encodings[0].num_repaired;
}

// Each thread every n-th row.
void work_on_rows(const Tokenizer& tokenizer, const Job& job, const Window& window, std::vector<Answer>& answers) {
  const size_t count = window.texts.size();
  const auto work = [&](size_t thread) {
    for (size_t row = thread; row < count; row += job.threads) {
      work_on(tokenizer, job, window.texts[row], window.pairs[row], answers[row]);
    }
  };
  std::vector<std::jthread> others;
  for (size_t thread = 1; thread < job.threads && thread < count; ++thread) others.emplace_back(work, thread);
  work(0);
  for (size_t thread = 1 + others.size(); thread < job.threads; ++thread) work(thread);
}

OutputLayout layout_of(const Job& job, const uint64_t& rows_written) {
  OutputLayout layout;
  if (job.format == "jsonl") return layout;
  layout.kind = OutputLayout::Kind::kRaw;
  layout.rows_need_all = true;
  if (job.format != "npy") {
    layout.null_row = "\n";  // an empty line
    return layout;
  }
  layout.binary = true;
  layout.header = [&rows_written](uint64_t) { return npy_header("<i8", rows_written, kTokenColumns); };
  return layout;
}

void append_answer(const Tokenizer& tokenizer, const Job& job, const Window& window, size_t record,
                   const Answer& answer, uint64_t& rows_written, std::string& out) {
  const size_t row = window.rows[record];
  if (job.decode) {
    if (job.format == "jsonl") {
      out.append(", \"text\": ");
      append_json_string(answer.text, out);
    } else {
      out.append(answer.text).append("\n");
    }
  } else if (job.format == "jsonl") {
    append_tokens_json(tokenizer, job.layout, window.texts[row], window.pairs[row], answer.encodings, out);
  } else if (job.format == "count") {
    append_integer(static_cast<int64_t>(answer.count), out);
    out.append("\n");
  } else if (job.format == "npy") {
    append_token_rows(job.layout, window.first + record, window.texts[row], window.pairs[row],
                      answer.encodings[0], out);
    rows_written += answer.encodings[0].ids.size();
  } else if (job.format == "ids") {
    append_ids_line(answer.encodings[0], out);
  } else {
    append_tokens_line(tokenizer, answer.encodings[0], out);
  }
}

int run_tokenize(const Arguments& args) {
  const Result<std::string> name = model_argument(args, false);
  if (!name.ok()) return exit_with(name.status());
  Result<Job> parsed = parse_job(args);
  if (!parsed.ok()) return exit_with(parsed.status());
  Job& job = parsed.value();
  const auto read_ids = [](InputOptions& input) {
    input.fields.ids = true;
    return Status{};
  };
  Result<Batch> batch = job.decode ? open_batch(args, kDecodedFormats, {"text"}, read_ids)
                                   : open_batch(args, kTokenizeFormats, token_members(job.layout));
  if (!batch.ok()) return exit_with(batch.status());
  job.format = batch.value().format;
  // Without a limit there is nothing to cut, and the tokens need not be kept.
  job.count = job.format == "count" && job.options.max_length == 0 && !job.layout.pair && !job.layout.words;
  if (job.windows && job.format != "jsonl") {
    return exit_with(usage("--stride gives several windows a text, which jsonl alone can hold"));
  }
  if (job.layout.masks && job.format != "jsonl") {
    return exit_with(usage("--masks goes with jsonl: " + job.format + " has no place for them"));
  }
  if (job.format == "npy" && batch.value().resume) {
    return exit_with(usage("--resume does not go with npy, whose rows are tokens"));
  }
  const Result<std::string> path = find_model(name.value());
  if (!path.ok()) return exit_with(path.status());
  const Result<Tokenizer> opened = Tokenizer::open(path.value());
  if (!opened.ok()) return exit_with(as_failure(opened.status()));
  const Tokenizer& tokenizer = opened.value();
  detail("tokenizer: " + tokenizer.info().fingerprint);
  if (Status s = check_lengths(job, tokenizer.info()); !s.ok()) return exit_with(s);

  std::array<std::vector<Answer>, kWindowsInFlight> answers;  // [rows of the window]
  uint64_t rows_written = 0;  // of npy
  BatchTask task;
  task.layout = layout_of(job, rows_written);
  task.bytes_per_result = 1024;
  task.workers = job.threads;
  task.model_fingerprint = tokenizer.info().fingerprint;
  task.compute = [&](Window& window) -> Status {
    std::vector<Answer>& out = answers[window.slot];
    if (out.size() < window.texts.size()) out.resize(window.texts.size());
    work_on_rows(tokenizer, job, window, out);
    for (size_t row = 0; row < window.texts.size(); ++row) {
      const Answer& answer = out[row];
      // No ids, or a text that cannot be cut as the options say.
      if (answer.status.code == Code::kCorrupt || answer.status.code == Code::kInvalidArgument) {
        window.fail(row, answer.status);
        continue;
      }
      if (!answer.status.ok()) return answer.status;
      window.stats.tokens += answer.count;
      window.stats.repaired += answer.repaired;
      if (job.decode || job.count) continue;
      window.stats.truncated += answer.encodings[0].truncated ? 1 : 0;
    }
    return {};
  };
  task.append = [&](const Window& window, size_t record, std::string& out) {
    append_answer(tokenizer, job, window, record, answers[window.slot][window.rows[record]], rows_written, out);
  };
  return run_batch(args, batch.value(), task);
}

}  // namespace

Command tokenize_command() {
  using Kind = Option::Kind;
  return {.name = "tokenize",
          .summary = "Shows the tokens of texts, or the text of tokens.",
          .usage = "-m MODEL [options] [FILE...]",
          .options = join({{{Kind::kValue, 'm', "model", "MODEL",
                             "a model, or a tokenizer.json, vocab.txt or their folder"}},
                           batch_options("jsonl, ids, tokens, count or npy (rows of text, id, begin, end, "
                                         "word, type); with --decode jsonl or text"),
                           pair_options(), words_options("word_ids are their places, offsets count within each"),
                           {{Kind::kValue, '\0', "max-length", "N", "tokens of a text (default: all)"},
                            {Kind::kValue, '\0', "truncation", "HOW",
                             "a pair that is too long loses tokens of the longer text, longest_first "
                             "(default), of the first or of the second: only_first, only_second"},
                            {Kind::kValue, '\0', "truncation-side", "S",
                             "right (default) or left: which end a text loses"},
                            {Kind::kValue, '\0', "stride", "N",
                             "the rest of a long text too, as windows of --max-length that share N tokens"},
                            {Kind::kFlag, '\0', "special", "",
                             "add [CLS] and [SEP] (default: yes); with --decode: keep them (default: no)"},
                            {Kind::kFlag, '\0', "literal", "",
                             "take \"[SEP]\" in a text for five characters (default: no)"},
                            {Kind::kFlag, '\0', "masks", "", "type_ids and special_tokens_mask too"},
                            {Kind::kValue, '\0', "offset-unit", "U",
                             "byte, codepoint or utf16 (default: codepoint)"},
                            {Kind::kFlag, '\0', "decode", "",
                             "the texts are token ids, in JSON Lines also lists of them: give their text"},
                            {Kind::kFlag, '\0', "clean-up", "",
                             "--decode: no space before punctuation (default: as the tokenizer says)"},
                            {Kind::kValue, 't', "threads", "N",
                             "workers (default: the CPUs this process may use)"}},
                           common_options()}),
          .examples = {"linnet tokenize -m minilm.linnet --text 'a text' --format tokens",
                       "linnet tokenize -m tokenizer.json long.txt --max-length 128 --stride 32"},
          .run = run_tokenize};
}

}  // namespace linnet::tools
