// tools/json_lines.h - one line of JSON Lines -> the text, the id and the kept fields it holds.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/status.h"

namespace linnet::tools {

using Json = nlohmann::ordered_json;  // fields keep their order

// Which fields of a record are wanted. In JSON a name that starts with '/' is a JSON pointer.
struct FieldSelection {
  std::string text = "text";
  std::optional<std::string> pair;
  std::optional<std::string> id;
  std::vector<std::string> keep;
  bool keep_all = false;
  bool words = false;  // JSON: the text is a list of words, and becomes one string (words.h)
};

struct Fields {
  std::string text, pair;
  Json id;                                         // null: none
  std::vector<std::pair<std::string, Json>> kept;  // name, value; one that is missing is left out
};

// kInvalidArgument for a name that is a malformed JSON pointer.
Status check_field_name(const std::string& name);

// One JSON value, nested at most 512 deep. The message says at which byte it goes wrong.
Result<Json> parse_json(std::string_view text);

// A message that says what was found and what was expected; the caller knows the file and line.
// kNotFound: a field is missing. kInvalidArgument: it is of another type. kCorrupt: no object.
Result<Fields> select_fields(Json record, const FieldSelection& selection);

}  // namespace linnet::tools
