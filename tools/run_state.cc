#include "tools/run_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>

#include "linnet/model.h"
#include "tools/json_lines.h"
#include "tools/system_error.h"
#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr int kStateVersion = 2;

// Options that change no byte of the output, or that are compared in another way.
constexpr std::array<std::string_view, 21> kFreeOptions = {
    "threads", "isa",   "progress", "no-progress", "quiet",  "no-quiet",   "verbose", "no-verbose",
    "resume",  "model", "input",    "files",       "output", "log-format", "metrics", "no-resume",
    "mode",    "dedup", "no-dedup", "format",      "max-record"};

// Options that are not given say the same, in every subcommand that has them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDefaults = {{
    {"on-error", "stop"}, {"offset-unit", "codepoint"}, {"field", "text"}, {"dtype", "float32"},
    {"truncation", "longest_first"}, {"truncation-side", "right"}}};

// What is done with bad records.
bool is_about_bad_ones(std::string_view option) { return option == "on-error" || option == "errors"; }

// With \xe9 for a byte that is part of no character, so that two names that differ still do in the state.
std::string as_utf8(const std::string& bytes) {
  std::string text;
  for (std::string_view rest = bytes; !rest.empty();) {
    const Utf8Step step = utf8_step(rest);
    const std::string_view character = rest.substr(0, step.length);
    if (step.valid) text.append(character);
    for (size_t i = 0; !step.valid && i < character.size(); ++i) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(character[i]));
      text.append(code);
    }
    rest.remove_prefix(step.length);
  }
  return text;
}

Json to_json(const RunState& state) {
  const RunIdentity& identity = state.identity;
  Json inputs = Json::array();
  for (const RunIdentity::Input& input : identity.inputs) {
    inputs.push_back({{"name", input.name}, {"size", input.size ? Json(*input.size) : Json()}});
  }
  Json consumed = Json::array();
  for (const auto& [bytes, hash] : state.input.consumed) {
    consumed.push_back({{"bytes", bytes}, {"xxh3", hash}});
  }
  return {{"state_version", kStateVersion},
          {"command", identity.command},
          {"program", identity.program},
          {"model", identity.model},
          {"options", identity.options},
          {"max_record", identity.max_record},
          {"inputs", inputs},
          {"source", state.input.source},
          {"line", state.input.line},
          {"consumed", consumed},
          {"records", state.records},
          {"rows", state.rows},
          {"bytes", state.bytes},
          {"errors_bytes", state.errors_bytes},
          {"bad", state.bad},
          {"tokens", state.tokens},
          {"truncated", state.truncated},
          {"repaired", state.repaired}};
}

// Throws what nlohmann/json throws when a field is missing or of another type.
RunState from_json(const Json& json) {
  RunState state;
  RunIdentity& identity = state.identity;
  identity.command = json.at("command").get<std::string>();
  identity.program = json.at("program").get<std::string>();
  identity.model = json.at("model").get<std::string>();
  identity.options = json.at("options").get<decltype(identity.options)>();
  identity.max_record = json.at("max_record").get<uint64_t>();
  for (const Json& input : json.at("inputs")) {
    const Json& size = input.at("size");
    identity.inputs.push_back(
        {input.at("name").get<std::string>(),
         size.is_null() ? std::nullopt : std::optional<uint64_t>(size.get<uint64_t>())});
  }
  for (const Json& part : json.at("consumed")) {
    state.input.consumed.push_back({part.at("bytes").get<uint64_t>(), part.at("xxh3").get<uint64_t>()});
  }
  state.input.source = json.at("source").get<size_t>();
  state.input.line = json.at("line").get<uint64_t>();
  state.records = json.at("records").get<uint64_t>();
  state.rows = json.at("rows").get<uint64_t>();
  state.bytes = json.at("bytes").get<uint64_t>();
  state.errors_bytes = json.at("errors_bytes").get<uint64_t>();
  state.bad = json.at("bad").get<uint64_t>();
  state.tokens = json.at("tokens").get<uint64_t>();
  state.truncated = json.at("truncated").get<uint64_t>();
  state.repaired = json.at("repaired").get<uint64_t>();
  return state;
}

Status write_all(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path, "cannot write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<std::string> read_whole(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error(path, "cannot read", errno);
  std::string text;
  char chunk[4096];
  ssize_t got = 0;
  while ((got = ::read(fd, chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(got));
  const int problem = errno;
  ::close(fd);
  if (got < 0) return system_error(path, "cannot read", problem);
  return text;
}

std::string shown(const std::vector<std::string>* values) {
  if (values == nullptr) return "not given";
  std::string text;
  for (const std::string& value : *values) text.append(text.empty() ? "" : " ").append(value);
  return "\"" + text + "\"";
}

Status differs(const std::string& what, const std::string& before, const std::string& now) {
  return {Code::kCorrupt, "cannot resume: " + what + " was " + before + ", now it is " + now};
}

Status compare_options(const RunIdentity& before, uint64_t bad, const RunIdentity& now) {
  std::vector<std::string> names;
  for (const auto& [name, values] : before.options) names.push_back(name);
  for (const auto& [name, values] : now.options) names.push_back(name);
  for (const std::string& name : names) {
    const auto value = [&](const RunIdentity& of) {
      const auto found = of.options.find(name);
      return found == of.options.end() ? nullptr : &found->second;
    };
    const std::vector<std::string>* a = value(before);
    const std::vector<std::string>* b = value(now);
    if (a != nullptr && b != nullptr && *a == *b) continue;
    if (bad == 0 && is_about_bad_ones(name)) continue;
    return differs("option --" + name, shown(a), shown(b));
  }
  const uint64_t least = before.max_record, most = bad == 0 ? UINT64_MAX : least;
  if (now.max_record >= least && now.max_record <= most) return {};
  return differs("option --max-record", std::to_string(least), std::to_string(now.max_record));
}

std::string shown_names(const RunIdentity& identity) {
  std::string text;
  for (const auto& input : identity.inputs) text.append(text.empty() ? "" : " ").append(input.name);
  return "\"" + text + "\"";
}

}  // namespace

RunIdentity identify(const Arguments& args, const std::string& format, const std::string& model_fingerprint,
                     const RecordReader& reader) {
  RunIdentity identity{.command = args.command(), .program = version(), .model = model_fingerprint,
                       .options = {{"format", {format}}}, .max_record = reader.options().max_record,
                       .inputs = {}};
  for (const auto& [name, value] : args.given()) {
    const bool free = std::find(kFreeOptions.begin(), kFreeOptions.end(), name) != kFreeOptions.end();
    const bool by_default = std::find(kDefaults.begin(), kDefaults.end(),
                                      std::pair<std::string_view, std::string_view>(name, value)) != kDefaults.end();
    if (!free && !by_default) identity.options[name].push_back(as_utf8(value));
  }
  for (const std::string& path : reader.options().files) {
    RunIdentity::Input input{as_utf8(path), std::nullopt};
    struct stat info {};
    if (path != "-" && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      input.size = static_cast<uint64_t>(info.st_size);
    }
    identity.inputs.push_back(std::move(input));
  }
  return identity;
}

Status write_state(const std::string& path, const RunState& state, bool durable) {
  const std::string text =
      to_json(state).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  const std::string fresh = path + ".tmp";
  const int fd =
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return system_error(fresh, "cannot write", errno);
  Status status = write_all(fd, fresh, text);
  if (status.ok() && durable && ::fsync(fd) != 0) {
    status = system_error(fresh, "cannot write", errno);
  }
  if (::close(fd) != 0 && status.ok()) status = system_error(fresh, "cannot write", errno);
  if (status.ok() && std::rename(fresh.c_str(), path.c_str()) != 0) {
    status = system_error(path, "cannot write", errno);
  }
  if (!status.ok()) ::unlink(fresh.c_str());
  return status;
}

Result<RunState> read_state(const std::string& path) {
  const Result<std::string> text = read_whole(path);
  if (!text.ok()) return text.status();
  const Result<Json> json = parse_json(text.value());
  if (!json.ok()) return Status{Code::kCorrupt, path + ": " + json.status().message};
  try {
    const int found = json.value().at("state_version").get<int>();
    if (found != kStateVersion) {
      return Status{Code::kCorrupt, path + ": has version " + std::to_string(found) +
                                        ", this program reads version " +
                                        std::to_string(kStateVersion)};
    }
    return from_json(json.value());
  } catch (const Json::exception& problem) {
    return Status{Code::kCorrupt, path + ": is no state of a run: " + problem.what()};
  }
}

Status check_identity(const RunState& earlier, const RunIdentity& now) {
  const RunIdentity& before = earlier.identity;
  if (before.command != now.command) {
    return differs("the command", before.command, now.command);
  }
  if (before.program != now.program) {
    return differs("the version of Linnet", before.program, now.program);
  }
  if (before.model != now.model) {
    return differs("the model", before.model, now.model + " (fingerprints)");
  }
  if (Status status = compare_options(before, earlier.bad, now); !status.ok()) return status;
  const auto same_name = [](const auto& a, const auto& b) { return a.name == b.name; };
  if (!std::equal(before.inputs.begin(), before.inputs.end(), now.inputs.begin(), now.inputs.end(),
                  same_name)) {
    return differs("the list of inputs", shown_names(before), shown_names(now));
  }
  for (size_t i = 0; i < now.inputs.size(); ++i) {
    const auto& a = before.inputs[i].size;
    const auto& b = now.inputs[i].size;
    if (a == b || !a) continue;
    return differs("the size of input " + now.inputs[i].name, std::to_string(*a) + " bytes",
                   b ? std::to_string(*b) + " bytes" : "that of no regular file");
  }
  return {};
}

}  // namespace linnet::tools
