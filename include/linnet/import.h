// linnet/import.h - turns a Hugging Face folder into a .linnet file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet {

struct ImportOptions {
  Precision precision = Precision::kFp32;
  // int8: texts like those the model is to be used on, one a line, of which about 8,192 tokens are read; empty: a
  // text in many languages that is built in.
  std::string calibration = {};
  uint32_t num_threads = 1;  // int8
  // Called with the name of the unfinished file once it is there, and with "" once it is not: a program that a signal
  // ends can remove it.
  std::function<void(const std::string& path)> on_temporary = {};
};

struct ImportReport {
  std::vector<std::string> notes;  // what the user should know, one sentence each
  uint64_t bytes = 0;              // written
};

// Writes `output` atomically: it appears whole or not at all. The same folder gives the same bytes
// on every machine, with any number of threads. For int8, `folder` may be an fp32 .linnet file, too.
Result<ImportReport> import_model(const std::string& folder, const std::string& output,
                                  const ImportOptions& options = {});

}  // namespace linnet
