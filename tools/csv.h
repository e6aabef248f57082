// tools/csv.h - where a record of CSV or TSV ends, and which fields it has.
//
// As RFC 4180 and Python's csv module read it: a field that starts with a quote ends at the next single
// one, two of them are one, and it may hold separators and line breaks; a quote inside an unquoted
// field is a character. A record ends with LF or CR LF; a CR alone is a character.
//
// Written here because no packaged library fits: libcsv (LGPL, last released in 2013) cannot stop at the
// end of a record, which resuming needs, nor bound one; the others read a file whole or have no line
// breaks in fields.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::tools {

enum class CsvState : unsigned char { kFieldStart, kUnquoted, kQuoted, kQuoteInQuoted };

// Finds the ends of records in bytes that come piece by piece.
class CsvScanner {
 public:
  explicit CsvScanner(char separator) : separator_(separator) {}

  // How many of the bytes belong to this record, its line end included; complete() says whether it
  // ended among them.
  size_t scan(std::string_view bytes);

  bool complete() const { return complete_; }
  void restart() { *this = CsvScanner(separator_); }

 private:
  char separator_;
  CsvState state_ = CsvState::kFieldStart;
  bool complete_ = false;
};

// The fields of a whole record without its line end. False: a quote is never closed.
bool split_csv(std::string_view record, char separator, std::vector<std::string>& fields);

}  // namespace linnet::tools
