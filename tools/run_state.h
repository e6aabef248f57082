// tools/run_state.h - FILE.part.state: what is needed to go on with FILE.part.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linnet/status.h"
#include "tools/options.h"
#include "tools/records.h"

namespace linnet::tools {

// Who may go on with a file: the same command, model, options and inputs. While no record was bad, what is done with
// bad ones may change, and records may be longer: they are what a run stops at, and then somebody wants to go past
// them. Text in it is UTF-8, a byte of a name that is none is written as \xe9: the state is JSON.
struct RunIdentity {
  struct Input {
    std::string name;
    std::optional<uint64_t> size;  // of a regular file
  };
  std::string command, program;    // the subcommand; the version of Linnet
  std::string model;               // fingerprint
  std::map<std::string, std::vector<std::string>> options;  // those that change a result
  uint64_t max_record = 0;         // bytes: InputOptions::max_record
  std::vector<Input> inputs;
};

struct RunState {
  RunIdentity identity;
  InputPosition input;     // everything up to here is in the output
  uint64_t records = 0;    // of the input, good and bad
  uint64_t rows = 0;       // of the output
  uint64_t bytes = 0, errors_bytes = 0;  // of FILE.part and of the --errors file
  uint64_t bad = 0, tokens = 0, truncated = 0, repaired = 0;
};

// format: of the output, named by an option or by the name of the file.
RunIdentity identify(const Arguments& args, const std::string& format, const std::string& model_fingerprint,
                     const RecordReader& reader);

// Atomically; `durable` waits for the disk.
Status write_state(const std::string& path, const RunState& state, bool durable);

// kNotFound when there is none.
Result<RunState> read_state(const std::string& path);

// Ok when `now` may go on with the run, else what differs.
Status check_identity(const RunState& earlier, const RunIdentity& now);

}  // namespace linnet::tools
