// tools/json_value.h - JSON as it is read and carried along: fields keep their order, numbers their text.
//
// An id of 30 digits or 0.10 is not what a double makes of it. A number that would be written otherwise than it was
// read is therefore held as its text: Json's kind binary, of which JSON has none.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "linnet/status.h"

namespace linnet::tools {

using Json = nlohmann::ordered_json;

// One JSON value, nested at most 512 deep. The message says at which byte it goes wrong.
Result<Json> parse_json(std::string_view text);

inline bool is_number(const Json& value) { return value.is_number() || value.is_binary(); }

// As JSON, without spaces between; wrong UTF-8 becomes U+FFFD.
void append_json_value(const Json& value, std::string& out);

}  // namespace linnet::tools
