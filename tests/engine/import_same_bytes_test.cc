// An imported file depends on the model and on nothing else, and appears whole or not at all.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cfenv>
#include <clocale>
#include <cmath>
#include <csignal>
#include <cstdio>

#include "linnet/import.h"
#include "linnet/model.h"
#include "tests/engine/hf_folder.h"

namespace linnet {
namespace {

std::string import_bytes(const std::string& folder) {
  const tests::TempDir dir;
  const auto report = import_model(folder, dir / "m.linnet");
  EXPECT_TRUE(report.ok()) << report.status().message;
  return tests::read_file(dir / "m.linnet");
}

// Its vocab.txt differs, so that there is a warning in it.
tests::HfFolder& with_a_warning(tests::HfFolder& folder) {
  tests::write_file(folder / "vocab.txt", "[PAD]\nother\n");
  return folder;
}

TEST(ImportSameBytes, WhereverTheFolderIs) {
  tests::HfFolder first, second;
  const std::string a = import_bytes(with_a_warning(first).path());
  EXPECT_EQ(a, import_bytes(first.path()));
  EXPECT_EQ(a, import_bytes(first.path() + "/"));
  EXPECT_EQ(a, import_bytes(first.path() + "/../model//"));
  EXPECT_EQ(a, import_bytes(with_a_warning(second).path()));
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(first.dir().path());
  EXPECT_EQ(a, import_bytes("model"));
  EXPECT_EQ(a, import_bytes("./model/"));
  std::filesystem::current_path(first.path());
  EXPECT_EQ(a, import_bytes("."));
  std::filesystem::current_path(here);
}

// A hair above the middle of two floats, of which the lower one is even: as a double it is that middle,
// and the lower float; rounded up on the way it is the higher one.
std::string treacherous_decimal() {
  float low = 1e-5f;
  if ((std::bit_cast<uint32_t>(low) & 1) != 0) low = std::nextafterf(low, 1.0f);
  const double middle = (static_cast<double>(low) + std::nextafterf(low, 1.0f)) / 2;
  char digits[128];
  std::snprintf(digits, sizeof(digits), "%.90e", middle);
  return std::string(digits).insert(std::string(digits).find('e'), "1");
}

TEST(ImportSameBytes, WhateverTheRoundingMode) {
  const tests::HfFolder folder;
  const std::string config = tests::read_file(folder / "config.json");
  const size_t at = config.find("1e-12");
  ASSERT_NE(at, std::string::npos);
  for (const std::string& eps : {std::string("1e-12"), treacherous_decimal()}) {
    std::string edited = config;
    tests::write_file(folder / "config.json", edited.replace(at, 5, eps));
    const std::string nearest = import_bytes(folder.path());
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
      ASSERT_EQ(std::fesetround(mode), 0);
      const std::string bytes = import_bytes(folder.path());
      EXPECT_EQ(std::fegetround(), mode) << "the caller's mode comes back";
      std::fesetround(FE_TONEAREST);
      EXPECT_TRUE(bytes == nearest) << eps << " in mode " << mode;
    }
  }
}

TEST(ImportSameBytes, WhateverTheLocale) {
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/tiny_bert_odd";  // eps 1e-05
  const std::string c = import_bytes(folder);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;  // not on this machine
    EXPECT_TRUE(import_bytes(folder) == c) << name;
  }
  std::setlocale(LC_ALL, "C");
}

struct ImportAtomic : testing::Test {
  const tests::TempDir dir;
  const std::string folder = LINNET_SOURCE_DIR "/tests/golden/tiny_bert";
  const std::string out = dir / "m.linnet";

  void SetUp() override { tests::write_file(out, "old"); }

  void expect_untouched() const {
    EXPECT_EQ(tests::read_file(out), "old");
    EXPECT_EQ(dir.num_files(), 1u) << "something half-written is left";
  }

  // In a process of its own, whose limits or rights `prepare` lowers. The child reports by its exit
  // status which step did not hold.
  void expect_failure_after(void (*prepare)(), Code code, const char* part) const {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      prepare();
      const auto report = import_model(folder, out);
      if (report.ok()) ::_exit(1);
      if (report.status().code != code) ::_exit(2);
      if (report.status().message.rfind(out + ": cannot write: ", 0) != 0) ::_exit(3);
      ::_exit(report.status().message.find(part) == std::string::npos ? 4 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
};

TEST_F(ImportAtomic, FullDisk) {
  expect_failure_after(
      [] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      },
      Code::kIo, "File too large");
  expect_untouched();
}

TEST_F(ImportAtomic, FullDevice) {
  const auto report = import_model(folder, "/dev/full");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code, Code::kIo);
  EXPECT_EQ(report.status().message, "/dev/full: cannot write: No space left on device");
}

TEST_F(ImportAtomic, NoPermission) {
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0555));
  expect_failure_after(
      [] {  // root may write everywhere
        if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(5);
      },
      Code::kIo, "Permission denied");
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  expect_untouched();
}

TEST_F(ImportAtomic, WrongInputOrOutput) {
  const auto expect = [&](const std::string& from, const std::string& to, Code code,
                          const std::string& message) {
    const auto report = import_model(from, to);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().code, code);
    EXPECT_EQ(report.status().message, message);
  };
  expect(dir / "none", out, Code::kNotFound, dir / "none" + ": no such folder");
  expect(out, out, Code::kInvalidArgument,
         out + ": is no folder, expected a Hugging Face model folder");
  expect(folder, dir / "none/m", Code::kNotFound,
         dir / "none/m" + ": cannot write: No such file or directory");
  expect(folder, dir.path(), Code::kInvalidArgument,
         dir.path() + ": is a folder, expected the name of a file");
  const tests::HfFolder broken;
  broken.remove("config.json");
  EXPECT_FALSE(import_model(broken.path(), out).ok());
  expect_untouched();
}

TEST_F(ImportAtomic, ReplacesTheOldFile) {
  ASSERT_TRUE(import_model(folder, out).ok());
  EXPECT_EQ(dir.num_files(), 1u);
  EXPECT_TRUE(Model::open(out, {.verify_tensors = true, .isa = ""}).ok());
}

}  // namespace
}  // namespace linnet
