// JSON that is read and written again keeps the text of its numbers; what is JSON is what nlohmann/json says.
#include "tools/json_value.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace linnet::tools {
namespace {

std::string again(const std::string& text) {
  const Result<Json> value = parse_json(text);
  if (!value.ok()) return value.status().message;
  std::string out;
  append_json_value(value.value(), out);
  return out;
}

TEST(JsonValue, KeepsTheTextOfItsNumbers) {
  for (const char* number :
       {"0", "-0", "7", "-7", "0.0", "-0.0", "0.10", "1.0", "1e2", "1E+2", "1e-2", "18446744073709551615",
        "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "0.030889865", "4.9e-324", "1e-400",
        "1e308", "1e309", "-1e400", "123456789012345678901234567890", "0.1234567890123456789012345"}) {
    EXPECT_EQ(again(number), number);
    const std::string nested = std::string("{\"a\":[") + number + ",{\"b\":" + number + "},\"" + number + "\"]}";
    EXPECT_EQ(again(nested), nested);
    // Beside a number that no double holds.
    const std::string large = std::string("[1e999,") + number + ",\"\\\"5\\\\\",9e999," + number + "]";
    EXPECT_EQ(again(large), large);
  }
  const std::string digits(400, '9');
  EXPECT_EQ(again("[" + digits + ",1]"), "[" + digits + ",1]");
  EXPECT_EQ(again("-" + digits + ".5"), "-" + digits + ".5");
}

TEST(JsonValue, RefusesWhatIsNoJson) {
  for (const char* wrong : {"01", "1.", ".5", "1e", "+1", "-", "1e400x", "[1e400", "1e400.5", "01e400", "[1e400,1.]",
                            "[1e400 1]", "nan", "{\"a\":1e400,}"}) {
    EXPECT_FALSE(parse_json(wrong).ok()) << wrong;
  }
}

// Random texts of the pieces that numbers, lists and strings are made of; nlohmann refuses large exponents.
TEST(JsonValue, AcceptsWhatNlohmannAccepts) {
  constexpr const char* kPieces[] = {"0", "1", "-", ".", "e-", "5", "+", "[", "]", ",", "\"", "\\", " ", "E-3", "{", ":"};
  std::mt19937 random(1);
  size_t accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string body;
    for (auto left = random() % 8; left-- > 0;) body += kPieces[random() % std::size(kPieces)];
    const bool expected = Json::accept("[" + body + "]");
    accepted += expected ? 1 : 0;
    EXPECT_EQ(parse_json("[" + body + "]").ok(), expected) << body;
    // Behind a number that is too large, on the other way.
    EXPECT_EQ(parse_json("[1e999," + body + "]").ok(), Json::accept("[1," + body + "]")) << body;
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace linnet::tools
