#include "tools/csv.h"

#include <cstring>

namespace linnet::tools {
namespace {

enum class Action { kAppend, kSkip, kEndField, kEndRecord };

Action step(CsvState& state, char character, char separator) {
  if (state == CsvState::kQuoted) {
    if (character != '"') return Action::kAppend;
    state = CsvState::kQuoteInQuoted;
    return Action::kSkip;
  }
  if (character == '"' && state == CsvState::kFieldStart) {
    state = CsvState::kQuoted;
    return Action::kSkip;
  }
  if (character == '"' && state == CsvState::kQuoteInQuoted) {
    state = CsvState::kQuoted;
    return Action::kAppend;
  }
  if (character == separator || character == '\n') {
    state = CsvState::kFieldStart;
    return character == separator ? Action::kEndField : Action::kEndRecord;
  }
  state = CsvState::kUnquoted;
  return Action::kAppend;
}

}  // namespace

size_t CsvScanner::scan(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (state_ == CsvState::kQuoted) {  // long texts stand in quotes
      const void* quote = std::memchr(bytes.data() + i, '"', bytes.size() - i);
      if (quote == nullptr) return bytes.size();
      i = static_cast<size_t>(static_cast<const char*>(quote) - bytes.data());
    }
    complete_ = step(state_, bytes[i], separator_) == Action::kEndRecord;
    if (complete_) return i + 1;
  }
  return bytes.size();
}

bool split_csv(std::string_view record, char separator, std::vector<std::string>& fields) {
  fields.assign(1, {});
  CsvState state = CsvState::kFieldStart;
  for (const char character : record) {
    switch (step(state, character, separator)) {
      case Action::kAppend: fields.back().push_back(character); break;
      case Action::kEndField: fields.emplace_back(); break;
      case Action::kEndRecord:  // only its end, which is not here
      case Action::kSkip: break;
    }
  }
  return state != CsvState::kQuoted;
}

}  // namespace linnet::tools
