#include "tools/task_run.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tools/common_options.h"
#include "tools/json_text.h"
#include "tools/message.h"
#include "tools/thread_count.h"

namespace linnet::tools {
namespace {

using Kind = Option::Kind;

}  // namespace

std::vector<Option> task_options() {
  return {{Kind::kValue, '\0', "max-length", "N", "tokens of a text (default: the model's)"},
          {Kind::kValue, 't', "threads", "N", "workers (default: the CPUs this process may use)"},
          mode_option()};
}

std::vector<Option> long_options(const std::string& split, const std::string& otherwise) {
  return {{Kind::kValue, '\0', "long", "WHAT",
           "a text with more tokens: truncate it, error, or split: " + split + " (default: " +
               otherwise + ")"},
          {Kind::kValue, '\0', "stride", "N", "tokens that two windows share"}};
}

std::vector<Option> offset_options() {
  return {{Kind::kValue, '\0', "offset-unit", "U", "byte, codepoint or utf16 (default: codepoint)"}};
}

Result<TaskOptions> parse_task_options(const Arguments& args) {
  TaskOptions options;
  const auto length = args.count("max-length", 1, 1u << 24);
  if (!length.ok()) return length.status();
  options.max_length = static_cast<uint32_t>(length.value().value_or(0));
  const Result<Mode> mode = parse_mode(args);
  if (!mode.ok()) return mode.status();
  options.mode = mode.value();
  const Result<ThreadCount> threads = thread_count(args);
  if (!threads.ok()) return threads.status();
  options.num_threads = threads.value().threads;
  detail("threads: " + std::to_string(options.num_threads) + ", by " + threads.value().source);
  return options;
}

Result<LongText> parse_long(const Arguments& args, LongText otherwise) {
  const auto name = args.value("long");
  if (!name) return otherwise;
  if (*name == "truncate") return LongText::kTruncate;
  if (*name == "split") return LongText::kSplit;
  if (*name == "error") return LongText::kError;
  return usage("--long " + *name + ": expected truncate, split or error");
}

Result<uint32_t> parse_stride(const Arguments& args, LongText long_texts) {
  const auto stride = args.count("stride", 0, 1u << 24);
  if (!stride.ok()) return stride.status();
  if (stride.value() && long_texts != LongText::kSplit) return usage("--stride needs --long split");
  return static_cast<uint32_t>(stride.value().value_or(0));
}

Result<OffsetUnit> parse_offset_unit(const Arguments& args) {
  const std::string name = args.value("offset-unit").value_or("codepoint");
  if (name == "byte") return OffsetUnit::kByte;
  if (name == "codepoint") return OffsetUnit::kCodepoint;
  if (name == "utf16") return OffsetUnit::kUtf16;
  return usage("--offset-unit " + name + ": expected byte, codepoint or utf16");
}

Result<std::optional<float>> parse_number(const Arguments& args, std::string_view name) {
  const std::optional<std::string> text = args.value(name);
  if (!text) return std::optional<float>();
  float number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, number);
  if (problem != std::errc() || stop != end || !std::isfinite(number)) {
    return usage("--" + std::string(name) + " " + *text + ": expected a number");
  }
  return std::optional<float>(number);
}

std::vector<std::string> parse_list(const Arguments& args, std::string_view name) {
  std::vector<std::string> items;
  for (const std::string& text : args.values(name)) {
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      if (end > begin) items.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return items;
}

void append_offsets(OffsetConverter& begins, OffsetConverter& ends, uint32_t begin, uint32_t end,
                    std::string& out) {
  out.append(", \"start\": ");
  append_integer(static_cast<int64_t>(begins.convert(begin)), out);
  out.append(", \"end\": ");
  append_integer(static_cast<int64_t>(ends.convert(end)), out);
}

}  // namespace linnet::tools
