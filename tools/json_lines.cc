#include "tools/json_lines.h"

#include "tools/string_list.h"
#include "tools/utf8.h"
#include "tools/words.h"

namespace linnet::tools {
namespace {

std::string described(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (is_number(value)) return "a number";
  return std::string("a ") + value.type_name();  // string, boolean
}

// The last of equal names counts, as in Python. Null: there is none.
Json* find_field(Json& record, const std::string& name) {
  if (name.starts_with('/')) {
    const Json::json_pointer pointer(name);
    return record.contains(pointer) ? &record.at(pointer) : nullptr;
  }
  Json* found = nullptr;
  for (auto& [key, value] : record.get_ref<Json::object_t&>()) {
    if (key == name) found = &value;
  }
  return found;
}

std::string field_names(const Json& record) {
  std::string names;
  for (const auto& [key, value] : record.get_ref<const Json::object_t&>()) {
    if (!names.empty()) names += ", ";
    names += key;
  }
  return names.empty() ? "the record has none" : "the record has: " + one_line(names, 200);
}

Status wrong(const std::string& message) { return {Code::kCorrupt, message}; }

Status missing(const Json& record, const std::string& name) {
  return {Code::kNotFound, "found no field \"" + name + "\"; " + field_names(record)};
}

Status wrong_type(const std::string& name, const Json& value, const std::string& expected) {
  return {Code::kInvalidArgument,
          "field \"" + name + "\" is " + described(value) + ", expected " + expected};
}

FieldValue carried(const Json& value) {
  if (value.is_string()) return {value.get<std::string>(), true};
  FieldValue result{{}, false};
  append_json_value(value, result.text);
  return result;
}

// Where a text stands, to be moved from.
Result<std::string*> find_text(Json& record, const std::string& name) {
  Json* text = find_field(record, name);
  if (text == nullptr) return missing(record, name);
  if (!text->is_string()) return wrong_type(name, *text, "a string");
  return &text->get_ref<std::string&>();
}

// A list of strings as one string (string_list.h). `item` is what one of them is called.
Result<std::string> find_list(Json& record, const std::string& name, const std::string& item) {
  const Json* list = find_field(record, name);
  if (list == nullptr) return missing(record, name);
  if (!list->is_array()) return wrong_type(name, *list, "a list of " + item + "s");
  std::string text;
  for (size_t i = 0; i < list->size(); ++i) {
    const Json& part = (*list)[i];
    if (!part.is_string()) {
      return Status{Code::kInvalidArgument, item + " " + std::to_string(i) + " of field \"" + name + "\" is " +
                                                described(part) + ", expected a string"};
    }
    append_item(part.get_ref<const std::string&>(), text);
  }
  return text;
}

// A list of words, or a text of words, as a list.
Result<std::string> find_words(Json& record, const std::string& name) {
  const Json* words = find_field(record, name);
  if (words == nullptr || words->is_array()) return find_list(record, name, "word");
  if (words->is_string()) return split_words(words->get_ref<const std::string&>());
  return wrong_type(name, *words, "a list of words, or a string");
}

// A list of numbers, or a text of them, as a text.
Result<std::string> find_ids(Json& record, const std::string& name) {
  const Json* ids = find_field(record, name);
  if (ids == nullptr) return missing(record, name);
  if (ids->is_string()) return ids->get_ref<const std::string&>();
  if (!ids->is_array()) return wrong_type(name, *ids, "a list of token ids, or a string");
  std::string text;
  for (size_t i = 0; i < ids->size(); ++i) {
    const Json& id = (*ids)[i];
    if (!is_number(id)) {
      return Status{Code::kInvalidArgument, "id " + std::to_string(i) + " of field \"" + name + "\" is " +
                                                described(id) + ", expected a number"};
    }
    append_json_value(id, text);
    text.append(" ");
  }
  return text;
}

Status find_id(Json& record, const std::string& name, std::optional<FieldValue>& id) {
  const Json* found = find_field(record, name);
  if (found == nullptr) return missing(record, name);
  if (!found->is_string() && !is_number(*found)) return wrong_type(name, *found, "a string or a number");
  id = carried(*found);
  return {};
}

void find_kept(Json& record, const FieldSelection& selection, std::vector<std::pair<std::string, FieldValue>>& kept) {
  if (selection.keep_all) {
    for (const auto& [key, value] : record.get_ref<const Json::object_t&>()) {
      const bool listed = selection.documents && key == *selection.pair;
      if (!listed) kept.emplace_back(key, carried(value));
    }
  }
  for (const std::string& name : selection.keep) {
    const Json* value = find_field(record, name);
    if (value != nullptr) kept.emplace_back(name, carried(*value));
  }
}

}  // namespace

Status check_field_name(const std::string& name) {
  if (name.empty()) return {Code::kInvalidArgument, "an empty field name"};
  if (!name.starts_with('/')) return {};
  try {
    const Json::json_pointer pointer(name);
    return {};
  } catch (const Json::exception&) {
    return {Code::kInvalidArgument, "field name " + name + ": not a JSON pointer (in one, ~ is "
                                    "written ~0 and / is written ~1)"};
  }
}

Status select_fields(Json record, const FieldSelection& selection, Fields& fields) {
  if (!record.is_object()) {
    return wrong("found " + described(record) + ", expected an object with the field \"" +
                 selection.text + "\"");
  }
  const Status id = selection.id ? find_id(record, *selection.id, fields.id) : Status{};
  find_kept(record, selection, fields.kept);
  std::string* text = nullptr;  // moved last: it may be the pair, too
  if (selection.words || selection.ids) {
    Result<std::string> list = selection.words ? find_words(record, selection.text) : find_ids(record, selection.text);
    if (!list.ok()) return list.status();
    fields.text = std::move(list.value());
  } else {
    const Result<std::string*> found = find_text(record, selection.text);
    if (!found.ok()) return found.status();
    text = found.value();
  }
  if (!id.ok()) return id;
  if (selection.documents) {
    Result<std::string> documents = find_list(record, *selection.pair, "document");
    if (!documents.ok()) return documents.status();
    fields.pair = std::move(documents.value());
  } else if (selection.pair) {
    const Result<std::string*> pair = find_text(record, *selection.pair);
    if (!pair.ok()) return pair.status();
    fields.pair = *pair.value();  // a copy: it may be the text
  }
  if (text != nullptr) fields.text = std::move(*text);
  return {};
}

}  // namespace linnet::tools
