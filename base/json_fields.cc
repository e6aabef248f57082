#include "base/json_fields.h"

#include <algorithm>

#include "base/mapped_file.h"

namespace linnet::base {
namespace {

constexpr size_t kMaxDepth = 512;  // dump(), which messages use, recurses

// Where a list or object begins that is nested too deep; npos: none does. Brackets in strings do not count.
size_t too_deep(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& where) {
  if (const size_t at = too_deep(text); at != std::string_view::npos) {
    return Status{Code::kCorrupt, where + ": JSON nested more than " + std::to_string(kMaxDepth) +
                                      " deep at byte " + std::to_string(at)};
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    std::string what = error.what();
    if (const size_t bracket = what.find("] "); bracket != std::string::npos) {
      what.erase(0, bracket + 2);
    }
    return Status{Code::kCorrupt, where + ": not JSON: " + what};
  }
}

Result<Json> read_json_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto bytes = file.value().bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

JsonFields::JsonFields(const Json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    status_ = {Code::kCorrupt, where_ + ": is a JSON " + object_.type_name() + ", expected an object"};
  }
}

const Json* JsonFields::find(const char* name) const {
  if (!object_.is_object()) return nullptr;
  asked_.push_back(name);
  const auto field = object_.find(name);
  return field == object_.end() || field->is_null() ? nullptr : &*field;
}

std::string JsonFields::unread() const {
  if (!object_.is_object()) return {};
  for (const auto& [name, value] : object_.items()) {
    if (!value.is_null() && std::ranges::find(asked_, name) == asked_.end()) return name;
  }
  return {};
}

bool JsonFields::has(const char* name) const { return find(name) != nullptr; }

void JsonFields::fail(Code code, const char* name, const std::string& expected) {
  if (!status_.ok()) return;
  const Json* field = find(name);
  std::string found = "missing";
  if (field != nullptr) {
    found = field->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > 80) found = found.substr(0, 80) + "...";
  }
  status_ = {code, where_ + ": " + name + " is " + found + ", expected " + expected};
}

void JsonFields::unsupported(const char* name, const std::string& expected) {
  fail(Code::kUnsupported, name, expected);
}

uint32_t JsonFields::count(const char* name, uint32_t least, uint32_t most) {
  const Json* field = find(name);
  if (field != nullptr && field->is_number_unsigned()) {
    const auto value = field->get<uint64_t>();
    if (value >= least && value <= most) return static_cast<uint32_t>(value);
  }
  fail(Code::kCorrupt, name,
       "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

uint32_t JsonFields::count_or(const char* name, uint32_t otherwise, uint32_t least, uint32_t most) {
  return has(name) ? count(name, least, most) : otherwise;
}

float JsonFields::positive(const char* name, float most) {
  const Json* field = find(name);
  if (field != nullptr && field->is_number()) {
    const auto value = static_cast<float>(field->get<double>());
    if (value > 0 && value <= most) return value;
  }
  fail(Code::kCorrupt, name, "a number above 0, at most " + Json(most).dump());
  return most;
}

float JsonFields::positive_or(const char* name, float otherwise, float most) {
  return has(name) ? positive(name, most) : otherwise;
}

float JsonFields::number(const char* name, float least, float most) {
  const Json* field = find(name);
  if (field != nullptr && field->is_number()) {
    const auto value = static_cast<float>(field->get<double>());
    if (value >= least && value <= most) return value;
  }
  fail(Code::kCorrupt, name, "a number from " + Json(least).dump() + " to " + Json(most).dump());
  return least;
}

bool JsonFields::flag_or(const char* name, bool otherwise) {
  const Json* field = find(name);
  if (field == nullptr) return otherwise;
  if (field->is_boolean()) return field->get<bool>();
  fail(Code::kCorrupt, name, "true or false");
  return otherwise;
}

std::string JsonFields::text(const char* name) {
  const Json* field = find(name);
  if (field != nullptr && field->is_string()) return field->get<std::string>();
  fail(Code::kCorrupt, name, "a string");
  return {};
}

std::string JsonFields::text_or(const char* name, const std::string& otherwise) {
  return has(name) ? text(name) : otherwise;
}

const Json& JsonFields::value(const char* name) {
  static const Json kNull;
  const Json* field = find(name);
  return field == nullptr ? kNull : *field;
}

void JsonFields::object_or_none(const char* name, const std::function<void(JsonFields&)>& read) {
  const Json* field = find(name);
  if (field == nullptr || !status_.ok()) return;
  JsonFields inner(*field, where_ + ": " + name);
  if (inner.status_.ok()) read(inner);
  status_ = inner.status_;
}

}  // namespace linnet::base
