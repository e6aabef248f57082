// tools/fields.h - which fields of a record are wanted, and what stands in them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace linnet::tools {

// In JSON a name that starts with '/' is a JSON pointer.
struct FieldSelection {
  std::string text = "text";
  std::optional<std::string> pair;
  std::optional<std::string> id;
  std::vector<std::string> keep;
  bool keep_all = false;
  std::vector<std::string> written = {};  // the members of output that are no kept fields (kept_names.h)
  bool words = false;      // the text is words already, and becomes a list (words.h)
  bool ids = false;        // JSON: the text may be a list of numbers, and becomes them with spaces between
  bool documents = false;  // JSON: the pair is a list of strings, and becomes one (string_list.h)
};

// What is carried from input to output. Without a JSON library in it, which takes seconds to compile.
struct FieldValue {
  std::string text;       // of a string; of anything else as JSON writes it
  bool is_string = true;
};

struct Fields {
  std::string text, pair;
  std::optional<FieldValue> id;
  std::vector<std::pair<std::string, FieldValue>> kept;  // name in the input, value; one that is missing is left out
};

}  // namespace linnet::tools
