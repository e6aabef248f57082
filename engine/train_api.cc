// linnet/train.h over tokenizer/train_vocab.h.
#include "linnet/train.h"

#include <algorithm>
#include <new>

#include "base/failure.h"
#include "engine/hf_write_tokenizer.h"
#include "engine/threads.h"
#include "tokenizer/tables_view.h"
#include "tokenizer/train_vocab.h"
#include "tokenizer/utf8.h"
#include "tokenizer/vocab_txt.h"

namespace linnet {
namespace {

// vocab.txt has a token a line, and what it says has to be what tokenizer.json says.
bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const tokenizer::Decoded decoded = tokenizer::decode_utf8(text);
    if (!decoded.valid) return false;
    text.remove_prefix(decoded.size);
  }
  return true;
}

Status check_special_tokens(const std::vector<std::string>& specials) {
  const auto refused = [](const std::string& token, const char* why) {
    return Status{Code::kInvalidArgument, "the special token \"" + token + "\" " + why};
  };
  for (auto token = specials.begin(); token != specials.end(); ++token) {
    if (token->empty()) return refused(*token, "is empty, expected at least a character");
    if (has_line_break(*token)) return refused(*token, "has a line break, which vocab.txt cannot hold");
    if (!is_utf8(*token)) return refused(*token, "is no UTF-8");
    if (std::find(specials.begin(), token, *token) != token) return refused(*token, "is given twice");
  }
  for (const char* needed : {"[UNK]", "[CLS]", "[SEP]"}) {
    if (std::find(specials.begin(), specials.end(), needed) == specials.end()) {
      return {Code::kInvalidArgument,
              std::string("the special tokens lack ") + needed + ", which every tokenizer needs"};
    }
  }
  return {};
}

// Of the trainer's vocabularies each has characters that continue a word; texts and other files have none.
bool has_continuing_character(const std::vector<std::string>& lines, const std::string& prefix) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    if (line.size() <= prefix.size() || !line.starts_with(prefix)) return false;
    const auto rest = std::string_view(line).substr(prefix.size());
    return tokenizer::decode_utf8(rest).size == rest.size();
  });
}

}  // namespace

struct VocabTrainer::Impl {
  Impl(const VocabOptions& o, const tokenizer::VocabSettings& s, const tokenizer::WordCounts& empty)
      : options(o), settings(s), counts(o.num_threads, empty), threads(o.num_threads) {}

  VocabOptions options;
  tokenizer::VocabSettings settings;
  std::vector<tokenizer::WordCounts> counts;  // of each worker
  engine::Threads threads;
};

VocabTrainer::VocabTrainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VocabTrainer::VocabTrainer(VocabTrainer&&) noexcept = default;
VocabTrainer& VocabTrainer::operator=(VocabTrainer&&) noexcept = default;
VocabTrainer::~VocabTrainer() = default;

Result<VocabTrainer> VocabTrainer::create(const VocabOptions& options) try {
  const auto& specials = options.special_tokens;
  if (Status s = check_special_tokens(specials); !s.ok()) return s;
  constexpr size_t kMostPrefix = 15;
  if (options.vocab_size < 1 || options.vocab_size > tokenizer::kMostTokens) {
    return Status{Code::kInvalidArgument, "a vocabulary of " + std::to_string(options.vocab_size) +
                                              " tokens, expected 1 to " +
                                              std::to_string(tokenizer::kMostTokens)};
  }
  if (options.continuing_prefix.empty() || options.continuing_prefix.size() > kMostPrefix) {
    return Status{Code::kInvalidArgument, "the continuing prefix has " +
                                              std::to_string(options.continuing_prefix.size()) +
                                              " bytes, expected 1 to 15"};
  }
  tokenizer::VocabSettings settings{.vocab_size = options.vocab_size,
                                    .min_frequency = options.min_frequency,
                                    .limit_alphabet = options.limit_alphabet,
                                    .initial_alphabet = {},
                                    .special_tokens = specials,
                                    .continuing_prefix = options.continuing_prefix,
                                    .continuing_order = {}};
  const std::string_view alphabet = options.initial_alphabet;
  if (has_line_break(alphabet)) {
    return Status{Code::kInvalidArgument, "the initial alphabet has a line break, which vocab.txt cannot hold"};
  }
  for (size_t at = 0; at < alphabet.size();) {
    const tokenizer::Decoded decoded = tokenizer::decode_utf8(alphabet.substr(at));
    settings.initial_alphabet.push_back(decoded.scalar);
    at += decoded.size;
  }
  if (!options.like.empty()) {
    auto lines = tokenizer::read_vocab_lines(options.like);
    if (!lines.ok()) return lines.status();
    if (!has_continuing_character(lines.value(), options.continuing_prefix)) {
      return Status{Code::kCorrupt, options.like + ": has no line of " + options.continuing_prefix +
                                        " and one character, expected a vocab.txt of Hugging Face's trainer"};
    }
    settings.continuing_order = std::move(lines.value());
  }
  VocabOptions checked = options;
  checked.num_threads = std::max(1u, options.num_threads);
  if (Status s = engine::check_num_threads(checked.num_threads); !s.ok()) return s;
  const tokenizer::WordCounts empty(
      tokenizer::bert_normalizer(options.clean_text, options.handle_chinese_chars,
                                 options.strip_accents.value_or(options.lowercase), options.lowercase));
  return VocabTrainer(std::make_unique<Impl>(checked, settings, empty));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory");
}

Status VocabTrainer::add(std::span<const std::string_view> texts) try {
  std::vector<uint8_t> failed(impl_->counts.size(), 0);
  impl_->threads.run([&](uint32_t worker) {
    try {
      for (size_t i = worker; i < texts.size(); i += impl_->counts.size()) {
        impl_->counts[worker].add(texts[i]);
      }
    } catch (const std::bad_alloc&) {
      failed[worker] = 1;
    }
  });
  if (std::find(failed.begin(), failed.end(), 1) == failed.end()) return {};
  return base::out_of_memory("not enough memory for the different words of the texts");
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the texts");
}

Result<VocabReport> VocabTrainer::write(const std::string& folder) try {
  for (tokenizer::WordCounts& part : impl_->counts) part.finish();
  tokenizer::WordCounts& counts = impl_->counts[0];
  for (size_t i = 1; i < impl_->counts.size(); ++i) {
    counts.merge(impl_->counts[i]);
    impl_->counts[i].clear();
  }
  const std::vector<std::string> vocab = tokenizer::train_vocab(counts, impl_->settings);
  if (Status s = engine::write_tokenizer(folder, vocab, impl_->options); !s.ok()) return s;
  return VocabReport{.vocab_size = vocab.size(),
                     .different_words = counts.words().size(),
                     .repaired = counts.num_repaired()};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the vocabulary");
}

}  // namespace linnet
