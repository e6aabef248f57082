// tools/csv_fields.h - a record of CSV -> the text, the pair, the id and the kept fields it holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/status.h"
#include "tools/fields.h"

namespace linnet::tools {

// Where in a record the wanted fields stand.
struct CsvColumns {
  size_t text = 0;
  std::optional<size_t> pair, id;
  std::vector<std::pair<std::string, size_t>> kept;  // name, column
  size_t count = 0;                                  // fields of every record
};

// By the names in the header; without one (has_header false) `first` is the first record and names are
// numbers from 1. Fails when one of them is not there. The last of equal names counts.
Result<CsvColumns> find_columns(const std::vector<std::string>& first, bool has_header,
                                const FieldSelection& selection);

// The values are strings. kCorrupt: not as many fields as there should be.
Result<Fields> select_columns(std::vector<std::string> values, const CsvColumns& columns);

}  // namespace linnet::tools
