#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>
#include <string_view>

#include "base/aligned_buffer.h"
#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "tests/temp_dir.h"

namespace linnet::base {
namespace {

using tests::read_file;
using tests::TempDir;
using tests::write_file;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(MappedFile, GivesTheBytesOfTheFile) {
  const TempDir dir;
  write_file(dir / "file", std::string_view("a\0b\n", 4));
  const Result<MappedFile> file = MappedFile::open(dir / "file");
  ASSERT_TRUE(file.ok()) << file.status().message;
  const auto bytes = file.value().bytes();
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            std::string_view("a\0b\n", 4));
}

TEST(MappedFile, OfAnEmptyFileIsEmpty) {
  const TempDir dir;
  write_file(dir / "empty", "");
  const Result<MappedFile> file = MappedFile::open(dir / "empty");
  ASSERT_TRUE(file.ok()) << file.status().message;
  EXPECT_TRUE(file.value().bytes().empty());
}

TEST(MappedFile, NamesAFileThatIsNotThere) {
  const TempDir dir;
  const Result<MappedFile> file = MappedFile::open(dir / "nothing");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.status().code, Code::kNotFound);
  EXPECT_NE(file.status().message.find(dir / "nothing"), std::string::npos);
  EXPECT_NE(file.status().message.find("No such file"), std::string::npos);
}

TEST(MappedFile, RefusesAFolder) {
  const TempDir dir;
  const Result<MappedFile> file = MappedFile::open(dir.path());
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.status().code, Code::kInvalidArgument) << file.status().message;
}

TEST(MappedFile, DoesNotWaitForThePipeOfAnother) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const Result<MappedFile> file = MappedFile::open(dir / "pipe");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.status().message, dir / "pipe: is not a regular file");
}

TEST(AtomicFile, TwoOfOneNameDoNotMix) {
  const TempDir dir;
  auto first = AtomicFile::create(dir / "out"), second = AtomicFile::create(dir / "out");
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first.value().write(bytes_of("first")).ok());
  ASSERT_TRUE(second.value().write(bytes_of("2")).ok());
  ASSERT_TRUE(first.value().commit().ok());
  EXPECT_EQ(read_file(dir / "out"), "first");
  ASSERT_TRUE(second.value().commit().ok());
  EXPECT_EQ(read_file(dir / "out"), "2");
  EXPECT_EQ(dir.num_files(), 1u);
}

TEST(AtomicFile, AppearsAtCommit) {
  const TempDir dir;
  auto file = AtomicFile::create(dir / "out");
  ASSERT_TRUE(file.ok()) << file.status().message;
  ASSERT_TRUE(file.value().write(bytes_of("head")).ok());
  ASSERT_TRUE(file.value().write(bytes_of(" body")).ok());
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  const Status status = file.value().commit();
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_EQ(read_file(dir / "out"), "head body");
  EXPECT_EQ(dir.num_files(), 1u);
}

TEST(AtomicFile, WithoutCommitLeavesWhatWasThere) {
  const TempDir dir;
  write_file(dir / "out", "old");
  {
    auto file = AtomicFile::create(dir / "out");
    ASSERT_TRUE(file.ok()) << file.status().message;
    ASSERT_TRUE(file.value().write(bytes_of("new")).ok());
  }
  EXPECT_EQ(read_file(dir / "out"), "old");
  EXPECT_EQ(dir.num_files(), 1u);
}

TEST(AtomicFile, HasThePermissionsAnyNewFileHas) {
  const TempDir dir;
  const mode_t mask = ::umask(027);
  auto file = AtomicFile::create(dir / "out");
  ASSERT_TRUE(file.ok()) << file.status().message;
  ASSERT_TRUE(file.value().commit().ok());
  ::umask(mask);
  struct stat info;
  ASSERT_EQ(::stat((dir / "out").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0640u);
}

TEST(AtomicFile, NamesAFolderThatIsNotThere) {
  const TempDir dir;
  const auto file = AtomicFile::create(dir / "no/out");
  ASSERT_FALSE(file.ok());
  EXPECT_NE(file.status().message.find(dir / "no/out"), std::string::npos)
      << file.status().message;
}

TEST(AtomicFile, ReportsAFullDevice) {
  auto file = AtomicFile::create("/dev/full");
  ASSERT_TRUE(file.ok()) << file.status().message;
  EXPECT_EQ(file.value().temporary(), "");
  const Status status = file.value().write(bytes_of("data"));
  EXPECT_EQ(status.code, Code::kIo);
  EXPECT_NE(status.message.find("/dev/full"), std::string::npos) << status.message;
  EXPECT_NE(status.message.find("No space left"), std::string::npos) << status.message;
}

// In a process of its own, since the limit stays.
TEST(AtomicFile, LeavesNothingWhenTheDiskFills) {
  const TempDir dir;
  write_file(dir / "out", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    bool failed = false;
    {
      auto file = AtomicFile::create(dir / "out");
      if (!file.ok()) ::_exit(3);
      failed = file.value().write(bytes_of(std::string(100'000, 'x'))).code == Code::kIo;
    }
    ::_exit(failed ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(read_file(dir / "out"), "old");
  EXPECT_EQ(dir.num_files(), 1u);
}

TEST(AlignedBuffer, IsAlignedZeroedAndMoves) {
  AlignedBuffer<float> buffer(33);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % kCacheLine, 0u);
  for (size_t i = 0; i < buffer.size(); ++i) EXPECT_EQ(buffer.data()[i], 0.0f);
  const float* data = buffer.data();
  const AlignedBuffer<float> moved = std::move(buffer);
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(moved.size(), 33u);
}

}  // namespace
}  // namespace linnet::base
