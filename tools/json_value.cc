#include "tools/json_value.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

#include "tools/json_text.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr size_t kMaxDepth = 512;  // append_json_value() and the destructor recurse
constexpr size_t kQuotedColumns = 40;

// Builds the value as the parser reports it. Strings are moved, not copied: a text may be large.
// Fields are appended unseen, because ordered_json looks through all of them on each insertion.
class Builder : public nlohmann::json_sax<Json> {
 public:
  // `numbers`: the text of each number, in order; without it they are what the parser makes of them.
  explicit Builder(std::span<const std::string_view> numbers = {}) : numbers_(numbers) {}

  Json root;
  std::string problem;
  bool out_of_range = false;  // the problem: a number that no double holds

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  // Only a number with a minus comes as one with a sign: this zero is "-0".
  bool number_integer(number_integer_t value) override { return value == 0 ? number(value, "-0") : whole(value); }
  bool number_unsigned(number_unsigned_t value) override { return whole(value); }
  bool number_float(number_float_t value, const string_t& text) override { return number(value, text); }
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
                   const nlohmann::detail::exception& what) override {
    constexpr int kNumberOverflow = 406;
    out_of_range = what.id == kNumberOverflow;
    problem = "not valid JSON at byte " + std::to_string(position) + ", near \"" +
              one_line(last, kQuotedColumns) + "\"";
    return false;
  }

 private:
  // Integers that 64 bits hold are written as they were read.
  bool whole(Json value) {
    return numbers_.empty() ? add(std::move(value)) : number(std::move(value), {});
  }

  bool number(Json value, std::string_view text) {
    if (next_number_ < numbers_.size()) text = numbers_[next_number_++];
    if (value.dump() == text) return add(std::move(value));
    return add(Json::binary({text.begin(), text.end()}));
  }

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
  std::span<const std::string_view> numbers_;
  size_t next_number_ = 0;
};

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// By JSON's grammar.
bool spells_number(std::string_view text) {
  size_t at = 0;
  const auto next_is = [&](std::string_view characters) {
    return at < text.size() && characters.find(text[at]) != std::string_view::npos;
  };
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > begin;
  };
  if (next_is("-")) ++at;
  if (next_is("0")) {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (next_is(".") && (++at, !digits())) return false;
  if (next_is("eE")) {
    ++at;
    if (next_is("+-")) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// The numbers of valid JSON, in order, as views of it.
std::vector<std::string_view> numbers_of(std::string_view text) {
  std::vector<std::string_view> numbers;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
    }
    const std::string_view rest = at < text.size() ? text.substr(at) : std::string_view();
    const std::string_view run = rest.substr(0, rest.find_first_not_of("0123456789.eE+-"));
    if (spells_number(run)) numbers.push_back(run);
    at += std::max<size_t>(run.size(), 1);
  }
  return numbers;
}

// Valid JSON, but the parser refuses a number that no double holds: it gets another one of as many bytes, so that
// places stay the same.
Result<Json> parse_large_numbers(std::string_view text) {
  const std::vector<std::string_view> numbers = numbers_of(text);
  std::string tame(text);
  for (const std::string_view number : numbers) {
    double value = 0;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (problem != std::errc::result_out_of_range) continue;
    char* begin = tame.data() + (number.data() - text.data());
    std::fill_n(begin, number.size(), '0');
    begin[1] = '.';
  }
  Builder builder(numbers);
  if (Json::sax_parse(tame.begin(), tame.end(), &builder)) return std::move(builder.root);
  return Status{Code::kCorrupt, builder.problem};
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  if (builder.out_of_range) return parse_large_numbers(text);
  return Status{Code::kCorrupt, builder.problem};
}

void append_json_value(const Json& value, std::string& out) {
  const char* between = "";
  if (value.is_object()) {
    out.append("{");
    for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
      out.append(std::exchange(between, ","));
      append_json_string(name, out);
      out.append(":");
      append_json_value(member, out);
    }
    out.append("}");
  } else if (value.is_array()) {
    out.append("[");
    for (const Json& item : value) {
      out.append(std::exchange(between, ","));
      append_json_value(item, out);
    }
    out.append("]");
  } else if (value.is_string()) {
    append_json_string(value.get_ref<const std::string&>(), out);
  } else if (value.is_binary()) {
    out.append(value.get_binary().begin(), value.get_binary().end());
  } else {
    out.append(value.dump());
  }
}

}  // namespace linnet::tools
