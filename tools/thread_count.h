// tools/thread_count.h - how many workers, and who decided.
#pragma once

#include <cstdint>
#include <string>

#include "linnet/status.h"
#include "tools/options.h"

namespace linnet::tools {

struct ThreadCount {
  uint32_t threads = 1;
  std::string source;
};

// -t, else LINNET_THREADS, else OMP_NUM_THREADS, else what the CPU affinity mask and the cgroup's quota
// allow. Fails with kInvalidArgument for what is no count from 1 to 1024; of OMP_NUM_THREADS, which may be a list, the
// first number counts, and a greater one is 1024.
Result<ThreadCount> thread_count(const Arguments& args);

// CPUs that the cgroup's quota allows, rounded up; 0: no quota. Reads ROOT/proc/self/cgroup and
// ROOT/sys/fs/cgroup, version 2 and version 1.
uint32_t cgroup_cpus(const std::string& root);

}  // namespace linnet::tools
