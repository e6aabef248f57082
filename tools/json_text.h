// tools/json_text.h - appends JSON and CSV values to a buffer, without allocation of their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace linnet::tools {

// Quoted and escaped; wrong UTF-8 becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);

void append_integer(int64_t value, std::string& out);

// The shortest digits that read back to the same bits, whatever the locale. Not finite: "nan",
// "inf", "-inf", which are no JSON.
void append_float(float value, std::string& out);

// As append_float(); what is not finite is null.
void append_json_float(float value, std::string& out);

// One field, in quotes where a comma, a quote or a line break needs them (RFC 4180).
void append_csv_field(std::string_view text, std::string& out);

}  // namespace linnet::tools
