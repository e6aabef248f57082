#include "tools/csv_fields.h"

#include <charconv>

#include "tools/utf8.h"

namespace linnet::tools {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(name);
  return one_line(list, 200);
}

Result<size_t> find_column(const std::vector<std::string>& first, bool has_header,
                           const std::string& name) {
  if (has_header) {
    for (size_t i = first.size(); i-- > 0;) {
      if (first[i] == name) return i;
    }
    return Status{Code::kNotFound,
                  "found no field \"" + name + "\"; the header has: " + listed(first) +
                      " (where the first line is a record already: --no-header --field NUMBER)"};
  }
  size_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, problem] = std::from_chars(name.data(), end, number);
  if (problem == std::errc() && stop == end && number >= 1 && number <= first.size()) {
    return number - 1;
  }
  return Status{Code::kNotFound, "field \"" + name + "\": without a header fields are numbers, here "
                                 "from 1 to " + std::to_string(first.size())};
}

}  // namespace

Result<CsvColumns> find_columns(const std::vector<std::string>& first, bool has_header,
                                const FieldSelection& selection) {
  CsvColumns columns;
  columns.count = first.size();
  const auto find = [&](const std::string& name, auto& column) -> Status {
    const Result<size_t> found = find_column(first, has_header, name);
    if (found.ok()) column = found.value();
    return found.ok() ? Status{} : found.status();
  };
  if (Status s = find(selection.text, columns.text); !s.ok()) return s;
  if (selection.pair) {
    if (Status s = find(*selection.pair, columns.pair); !s.ok()) return s;
  }
  if (selection.id) {
    if (Status s = find(*selection.id, columns.id); !s.ok()) return s;
  }
  for (const std::string& name : selection.keep) {
    if (Status s = find(name, columns.kept.emplace_back(name, 0).second); !s.ok()) return s;
  }
  for (size_t i = 0; selection.keep_all && i < first.size(); ++i) {
    columns.kept.emplace_back(has_header ? first[i] : std::to_string(i + 1), i);
  }
  return columns;
}

Result<Fields> select_columns(std::vector<std::string> values, const CsvColumns& columns) {
  if (values.size() != columns.count) {
    return Status{Code::kCorrupt, "found " + std::to_string(values.size()) + " fields, expected " +
                                      std::to_string(columns.count) + " as in the first line"};
  }
  Fields fields;
  for (const auto& [name, column] : columns.kept) fields.kept.emplace_back(name, FieldValue{values[column]});
  if (columns.id) fields.id = FieldValue{values[*columns.id]};
  if (columns.pair) fields.pair = values[*columns.pair];
  fields.text = std::move(values[columns.text]);
  return fields;
}

}  // namespace linnet::tools
