// base/json_fields.h - reads a JSON file field by field, with errors that name the file, the field,
// what was found and what was expected.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/status.h"

namespace linnet::base {

using Json = nlohmann::json;

// Fails with what MappedFile says, or kCorrupt with the line and column of the first error.
Result<Json> read_json_file(const std::string& path);
Result<Json> parse_json(std::string_view text, const std::string& where);

// The fields of one object. Keeps the first failure and then answers with the least harmful value, so
// that a caller may read all fields and look once. A field that is null counts as absent.
class JsonFields {
 public:
  JsonFields(const Json& object, std::string where);

  bool has(const char* name) const;
  uint32_t count(const char* name, uint32_t least, uint32_t most);
  uint32_t count_or(const char* name, uint32_t otherwise, uint32_t least, uint32_t most);
  float positive(const char* name, float most);  // above 0
  float positive_or(const char* name, float otherwise, float most);
  float number(const char* name, float least, float most);
  bool flag_or(const char* name, bool otherwise);
  std::string text(const char* name);
  std::string text_or(const char* name, const std::string& otherwise);
  const Json& value(const char* name);  // of any kind; null when it is missing, which is no failure
  // The fields of an object inside, where it is there; what fails there fails here.
  void object_or_none(const char* name, const std::function<void(JsonFields&)>& read);

  // A field that is there and that nothing has asked for; empty: none.
  std::string unread() const;

  // Records a failure of a field that is there but will not do.
  void unsupported(const char* name, const std::string& expected);

  const Status& status() const { return status_; }

 private:
  const Json* find(const char* name) const;
  void fail(Code code, const char* name, const std::string& expected);

  const Json& object_;
  mutable std::vector<std::string> asked_;
  std::string where_;
  Status status_;
};

}  // namespace linnet::base
