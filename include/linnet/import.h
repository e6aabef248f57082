// linnet/import.h - turns a Hugging Face folder into a .linnet file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/status.h"

namespace linnet {

struct ImportReport {
  std::vector<std::string> notes;  // what the user should know, one sentence each
  uint64_t bytes = 0;              // written
};

// Writes `output` atomically: it appears whole or not at all. The same folder gives the same bytes
// on every machine.
Result<ImportReport> import_model(const std::string& folder, const std::string& output);

}  // namespace linnet
