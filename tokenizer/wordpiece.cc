#include "tokenizer/wordpiece.h"

#include <algorithm>

namespace linnet::tokenizer {

Status check_text_size(size_t bytes, const char* what) {
  if (bytes <= kMostTextBytes) return {};
  return {Code::kInvalidArgument, std::string(what) + " " + std::to_string(bytes) + " bytes, expected at most " +
                                      std::to_string(kMostTextBytes)};
}

Result<WordPiece> WordPiece::from_tables(std::span<const std::byte> tables,
                                         const std::string& where) {
  auto view = view_tables(tables, where);
  if (!view.ok()) return view.status();
  WordPiece wordpiece;
  wordpiece.tables_ = view.value();
  return wordpiece;
}

void WordPiece::use(SplitRuns split_runs) {
  tables_.split_runs = split_runs == nullptr ? tokenizer::split_runs : split_runs;
  if (tables_.plain_view != nullptr) tables_.plain_view->split_runs = tables_.split_runs;
}

std::string_view WordPiece::token(int32_t id) const { return tables_.token(id); }

std::optional<int32_t> WordPiece::id(std::string_view token) const {
  int32_t id = tables_.find_token(token);
  for (const AddedToken& added : tables_.added_tokens) {
    if (id < 0 && tables_.added(added) == token) id = added.id;
  }
  return id < 0 ? std::nullopt : std::optional(id);
}

// A scalar of n bytes becomes at most 1.5 n characters (U+0390 three), and a token has at least one.
size_t WordPiece::max_tokens(size_t text_bytes) {
  return 2 * text_bytes + 2 * kMostTemplateIds;
}

size_t WordPiece::num_special_tokens() const {
  return size_t{tables_.header->num_prefix_ids} + tables_.header->num_suffix_ids;
}

size_t WordPiece::num_special_tokens_pair() const {
  return static_cast<size_t>(
      std::count_if(tables_.pair_template.begin(), tables_.pair_template.end(),
                    [](const TemplatePiece& piece) { return piece.id >= 0; }));
}

bool WordPiece::tokens_have_no_space() const {
  const std::string_view added(tables_.added_bytes.data(), tables_.added_bytes.size());
  return added.find_first_of(kSpaces) == std::string_view::npos;
}

WordPieceInfo WordPiece::info() const {
  const TablesHeader& header = *tables_.header;
  const auto steps = tables_.normalizer_steps();
  const auto has = [&](NormalizerStep step) {
    return std::find(steps.begin(), steps.end(), step) != steps.end();
  };
  return {.vocab_size = header.vocab_size,
          .clean_text = has(NormalizerStep::kClean),
          .handle_chinese_chars = has(NormalizerStep::kChinese),
          .strip_accents = has(NormalizerStep::kStripNonspacing) || has(NormalizerStep::kStripMarks),
          .lowercase = has(NormalizerStep::kLowercase),
          .max_input_chars_per_word = header.max_chars_per_word,
          .continuing_prefix = std::string(header.continuing_prefix, tables_.prefix_size),
          .unk_id = header.unk_id,
          .cls_id = header.cls_id,
          .sep_id = header.sep_id,
          .pad_id = header.pad_id,
          .mask_id = header.mask_id,
          .num_special_tokens = static_cast<uint32_t>(num_special_tokens()),
          .num_special_tokens_pair = static_cast<uint32_t>(num_special_tokens_pair()),
          .fingerprint = header.fingerprint};
}

}  // namespace linnet::tokenizer
