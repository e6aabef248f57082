// tools/json_lines.h - one line of JSON Lines -> the text, the id and the kept fields it holds.
#pragma once

#include <string>

#include "linnet/status.h"
#include "tools/fields.h"
#include "tools/json_value.h"

namespace linnet::tools {

// kInvalidArgument for a name that is a malformed JSON pointer.
Status check_field_name(const std::string& name);

// A message that says what was found and what was expected; the caller knows the file and line.
// kNotFound: a field is missing. kInvalidArgument: it is of another type. kCorrupt: no object.
// The fields then hold the id and what is kept, which tell whose record it is.
Status select_fields(Json record, const FieldSelection& selection, Fields& fields);

}  // namespace linnet::tools
