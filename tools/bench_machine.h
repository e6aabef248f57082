// tools/bench_machine.h - what `linnet bench` asks of the machine and of the operating system.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet::tools {

// What `measure` finds of the tier `isa`, with `threads` threads at once: their sum.
double peak_of(uint32_t threads, const std::string& isa, double (*measure)(const std::string& isa));

double process_cpu_seconds();  // of all threads of this process

struct OpenTimes {  // milliseconds, the file in the page cache
  double open = 0;          // the header, the tables, the metadata
  double open_checked = 0;  // and every weight
  double first_vector = 0;  // open, make an embedder, embed one text of 15 tokens
};
Result<OpenTimes> measure_open(const std::string& path, const OpenOptions& options, const std::string& text);

// KiB that a process of its own needs at most to open the model and to embed texts of `length` tokens with
// `threads` threads, mapped pages of the model file included. Call it while this process is small and has
// one thread.
Result<uint64_t> measure_memory(const std::string& path, const OpenOptions& options, uint32_t threads,
                                size_t length);

}  // namespace linnet::tools
