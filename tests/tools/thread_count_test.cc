// What the cgroup's CPU quota allows, read from a made-up /proc and /sys; and what OMP_NUM_THREADS says.
#include "tools/thread_count.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/temp_dir.h"

namespace linnet::tools {
namespace {

struct CgroupCpus : testing::Test {
  const tests::TempDir root;

  void put(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root / path;
    std::filesystem::create_directories(file.parent_path());
    tests::write_file(file.string(), text);
  }
  uint32_t cpus() const { return cgroup_cpus(root.path()); }
};

TEST_F(CgroupCpus, NoneWithoutCgroups) { EXPECT_EQ(cpus(), 0u); }

TEST_F(CgroupCpus, Version2) {
  put("proc/self/cgroup", "0::/a/b\n");
  EXPECT_EQ(cpus(), 0u);
  put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cpus(), 0u);
  put("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  EXPECT_EQ(cpus(), 4u);
  put("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");  // one and a half
  EXPECT_EQ(cpus(), 2u);
  put("sys/fs/cgroup/a/b/cpu.max", "10000 100000\n");
  EXPECT_EQ(cpus(), 1u);
}

TEST_F(CgroupCpus, Version2TheLeastOfTheGroupsAbove) {
  put("proc/self/cgroup", "0::/a/b/c\n");
  put("sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
  put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/a/cpu.max", "50000 25000\n");
  EXPECT_EQ(cpus(), 2u);
}

// In a container /proc names the group as the host sees it, /sys shows the container's at the top.
TEST_F(CgroupCpus, Version2InAContainer) {
  put("proc/self/cgroup", "0::/../../docker/1234\n");
  put("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpus(), 2u);
}

TEST_F(CgroupCpus, Version1) {
  put("proc/self/cgroup", "12:memory:/a\n5:cpu,cpuacct:/a/b\n1:name=systemd:/x\n");
  put("sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus(), 0u);
  put("sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(cpus(), 3u);
  put("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "100000\n");  // the group above allows less
  put("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "50000\n");
  EXPECT_EQ(cpus(), 2u);
}

TEST_F(CgroupCpus, Version1InAContainer) {
  put("proc/self/cgroup", "5:cpuacct,cpu:/docker/1234\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus(), 3u);
}

TEST_F(CgroupCpus, Nonsense) {
  put("proc/self/cgroup", "no colons\n::\n0::\n5:cpu\n");
  put("sys/fs/cgroup/cpu.max", "two three\n");
  EXPECT_EQ(cpus(), 0u);
  put("sys/fs/cgroup/cpu.max", "100000 0\n");
  EXPECT_EQ(cpus(), 0u);
}

struct OpenMpThreads : testing::Test {
  OpenMpThreads() { ::unsetenv("LINNET_THREADS"); }
  ~OpenMpThreads() override { ::unsetenv("OMP_NUM_THREADS"); }

  static Result<ThreadCount> threads(const char* value) {
    ::setenv("OMP_NUM_THREADS", value, 1);
    return thread_count(Arguments());
  }
};

TEST_F(OpenMpThreads, TheFirstOfTheList) {
  const std::pair<const char*, uint32_t> cases[] = {
      {"3", 3}, {"4,2", 4}, {" 5 , 2,1", 5}, {"1024", 1024}, {"4096", 1024}, {"99999999999999999999,1", 1024}};
  for (const auto& [value, expected] : cases) {
    const Result<ThreadCount> found = threads(value);
    ASSERT_TRUE(found.ok()) << found.status().message;
    EXPECT_EQ(found.value().threads, expected) << value;
    EXPECT_EQ(found.value().source, "OMP_NUM_THREADS");
  }
}

TEST_F(OpenMpThreads, RefusesWhatIsNoCount) {
  for (const char* value : {"0", "-1", "x", "4x", "4 2", ",4", " "}) {
    const Result<ThreadCount> found = threads(value);
    ASSERT_FALSE(found.ok()) << value;
    EXPECT_EQ(found.status().code, Code::kInvalidArgument);
    EXPECT_NE(found.status().message.find("OMP_NUM_THREADS " + std::string(value)), std::string::npos)
        << found.status().message;
  }
}

}  // namespace
}  // namespace linnet::tools
