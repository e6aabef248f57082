// tools/kept_names.h - under which names a record of output carries kept fields along.
//
// A record of output has members of its own: index, id, error, those of the command. A kept field of such a name is
// written as input_NAME, and therefore input_NAME as input_input_NAME: in every record, whatever else stands in it, so
// that no two fields ever meet under one name.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/fields.h"

namespace linnet::tools {

// `written`: the members that are no kept fields.
std::string kept_name(const std::string& name, std::span<const std::string> written);

// What a note says of a kept field that is written under another name.
std::string renaming(const std::string& name, const std::string& written_as);

// Of fields with one name the last counts, as in Python, and the id is not carried twice.
void drop_doubles(const FieldSelection& selection, std::vector<std::pair<std::string, FieldValue>>& kept);

}  // namespace linnet::tools
