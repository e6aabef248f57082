#include "tools/thread_count.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace linnet::tools {
namespace {

constexpr uint64_t kMostThreads = 1024;

// A quota and the period it is for, in microseconds; "max" and -1 are none.
uint32_t cpus_of(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<uint32_t>((quota + period - 1) / period);
}

// Version 2: "QUOTA PERIOD" in cpu.max.
uint32_t version2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  int64_t quota = 0, period = 0;
  return file >> quota >> period ? cpus_of(quota, period) : 0;
}

uint32_t version1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  int64_t quota = 0, period = 0;
  return quota_file >> quota && period_file >> period ? cpus_of(quota, period) : 0;
}

uint32_t lesser(uint32_t a, uint32_t b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

// The least that the group and the groups above it allow. In a container the group's own folder may not be
// there, only what is mounted for the container.
uint32_t least_of_groups(const std::string& mount, std::string group, uint32_t (*read)(const std::string&)) {
  uint32_t least = 0;
  while (true) {
    least = lesser(least, read(mount + group));
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.erase(slash);
  }
}

uint32_t affinity_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1u, static_cast<uint32_t>(CPU_COUNT(&set)));
}

Result<ThreadCount> parse(const std::string& text, const std::string& source) {
  uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || stop != end || count < 1 || count > kMostThreads) {
    return Status{Code::kInvalidArgument, source + " " + text + ": expected a whole number from 1 to " +
                                              std::to_string(kMostThreads)};
  }
  return ThreadCount{static_cast<uint32_t>(count), source};
}

// OpenMP's own is a list, a number for each level of nesting, and may ask for more than there are here.
Result<ThreadCount> parse_openmp(const std::string& text, const std::string& source) {
  const size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  const char* begin = text.data() + first;
  const char* end = text.data() + std::min(text.find(',', first), text.size());
  while (end > begin && (end[-1] == ' ' || end[-1] == '\t')) --end;
  uint64_t count = 0;
  const auto [stop, problem] = std::from_chars(begin, end, count);
  if (problem == std::errc::result_out_of_range) count = kMostThreads;
  if (problem == std::errc::invalid_argument || stop != end || count < 1) {
    return Status{Code::kInvalidArgument, source + " " + text + ": expected a whole number of at least 1, or several "
                                              "with commas between them, of which the first counts"};
  }
  return ThreadCount{static_cast<uint32_t>(std::min(count, kMostThreads)), source};
}

}  // namespace

uint32_t cgroup_cpus(const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  const std::string mount = root + "/sys/fs/cgroup";
  uint32_t least = 0;
  for (std::string line; std::getline(groups, line);) {  // "ID:CONTROLLERS:GROUP"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    uint32_t cpus = 0;
    if (controllers == ",,") cpus = least_of_groups(mount, group, version2);
    if (controllers.find(",cpu,") != std::string::npos) {
      cpus = least_of_groups(mount + "/cpu", group, version1);
    }
    least = lesser(least, cpus);
  }
  return least;
}

Result<ThreadCount> thread_count(const Arguments& args) {
  if (const auto given = args.value("threads")) return parse(*given, "--threads");
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  if (const auto value = environment("LINNET_THREADS"); !value.empty()) return parse(value, "LINNET_THREADS");
  if (const auto value = environment("OMP_NUM_THREADS"); !value.empty()) return parse_openmp(value, "OMP_NUM_THREADS");
  const uint32_t affinity = affinity_cpus(), quota = cgroup_cpus("");
  if (quota != 0 && quota < affinity) return ThreadCount{quota, "the cgroup's CPU quota"};
  return ThreadCount{std::min<uint32_t>(affinity, kMostThreads), "the CPU affinity mask"};
}

}  // namespace linnet::tools
