// tools/json_lines.h - one line of JSON Lines -> the text, the id and the kept fields it holds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "linnet/status.h"
#include "tools/fields.h"

namespace linnet::tools {

using Json = nlohmann::ordered_json;  // fields keep their order

// kInvalidArgument for a name that is a malformed JSON pointer.
Status check_field_name(const std::string& name);

// One JSON value, nested at most 512 deep. The message says at which byte it goes wrong.
Result<Json> parse_json(std::string_view text);

// A message that says what was found and what was expected; the caller knows the file and line.
// kNotFound: a field is missing. kInvalidArgument: it is of another type. kCorrupt: no object.
Result<Fields> select_fields(Json record, const FieldSelection& selection);

}  // namespace linnet::tools
