#include "tools/json_lines.h"

#include "tools/string_list.h"
#include "tools/utf8.h"
#include "tools/words.h"

namespace linnet::tools {
namespace {

constexpr size_t kMaxDepth = 512;  // dump() and the destructor recurse
constexpr size_t kQuotedColumns = 40;

// Builds the value as the parser reports it. Strings are moved, not copied: a text may be large.
// Fields are appended unseen, because ordered_json looks through all of them on each insertion.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Json root;
  std::string problem;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& last,
                   const nlohmann::detail::exception&) override {
    problem = "not valid JSON at byte " + std::to_string(position) + ", near \"" +
              one_line(last, kQuotedColumns) + "\"";
    return false;
  }

 private:
  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  Json* place(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    auto& members = parent.get_ref<Json::object_t&>();
    Json::object_t::Container& list = members;
    list.emplace_back(std::move(key_), std::move(value));
    return &list.back().second;
  }

  bool open(Json value) {
    if (open_.size() == kMaxDepth) {
      problem = "JSON nested more than " + std::to_string(kMaxDepth) + " deep";
      return false;
    }
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Json*> open_;  // from the root to where the next value goes
  std::string key_;
};

std::string described(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  return std::string("a ") + value.type_name();  // string, boolean, number
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
  return {value.dump(-1, ' ', false, Json::error_handler_t::replace), false};
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

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  return wrong(builder.problem);
}

Result<Fields> select_fields(Json record, const FieldSelection& selection) {
  if (!record.is_object()) {
    return wrong("found " + described(record) + ", expected an object with the field \"" +
                 selection.text + "\"");
  }
  Fields fields;
  std::string* text = nullptr;  // moved last: it may be the pair, or kept, too
  if (selection.words) {
    Result<std::string> words = find_words(record, selection.text);
    if (!words.ok()) return words.status();
    fields.text = std::move(words.value());
  } else {
    const Result<std::string*> found = find_text(record, selection.text);
    if (!found.ok()) return found.status();
    text = found.value();
  }
  if (selection.id) {
    const Json* id = find_field(record, *selection.id);
    if (id == nullptr) return missing(record, *selection.id);
    if (!id->is_string() && !id->is_number()) {
      return wrong_type(*selection.id, *id, "a string or a number");
    }
    fields.id = carried(*id);
  }
  if (selection.keep_all) {
    for (const auto& [key, value] : record.get_ref<const Json::object_t&>()) {
      const bool listed = selection.documents && key == *selection.pair;
      if (!listed) fields.kept.emplace_back(key, carried(value));
    }
  }
  for (const std::string& name : selection.keep) {
    const Json* value = find_field(record, name);
    if (value != nullptr) fields.kept.emplace_back(name, carried(*value));
  }
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
  return fields;
}

}  // namespace linnet::tools
