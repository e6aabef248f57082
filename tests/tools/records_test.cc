// RecordReader where files are read whole: it goes on from every place at which a run may have ended.
#include "tools/records.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace linnet::tools {
namespace {

InputOptions whole(const std::vector<std::string>& contents) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "records_test";
  std::filesystem::create_directories(folder);
  InputOptions options;
  options.format = InputFormat::kWhole;
  options.question = "why";
  for (const std::string& content : contents) {
    options.files.push_back(folder / std::to_string(options.files.size()));
    std::ofstream(options.files.back(), std::ios::binary) << content;
  }
  return options;
}

std::vector<std::string> rest(RecordReader& reader) {
  std::vector<std::string> pairs;
  Record record;
  while (true) {
    const Result<bool> more = reader.next(record);
    EXPECT_TRUE(more.ok()) << more.status().message;
    if (!more.ok() || !more.value()) return pairs;
    EXPECT_EQ(record.text, "why");
    EXPECT_EQ(record.line, 1u);
    pairs.push_back(record.pair);
  }
}

TEST(WholeFiles, AreARecordEachFromEveryPlace) {
  const std::vector<std::string> contents = {"", "one\n\ntwo\r\n", "", std::string(200000, 'x'), ""};
  const InputOptions options = whole(contents);
  for (size_t done = 0; done <= contents.size(); ++done) {
    Result<RecordReader> before = RecordReader::open(options);
    ASSERT_TRUE(before.ok());
    Record record;
    for (size_t i = 0; i < done; ++i) ASSERT_TRUE(before.value().next(record).value());
    Result<RecordReader> after = RecordReader::open(options);
    ASSERT_TRUE(after.ok());
    const Status there = after.value().go_to(before.value().position());
    ASSERT_TRUE(there.ok()) << there.message;
    EXPECT_EQ(rest(after.value()), std::vector<std::string>(contents.begin() + static_cast<ptrdiff_t>(done),
                                                            contents.end())) << done;
  }
}

TEST(WholeFiles, AreBounded) {
  InputOptions options = whole({"1234", "12345", "1"});
  options.max_record = 4;
  Result<RecordReader> reader = RecordReader::open(options);
  ASSERT_TRUE(reader.ok());
  Record record;
  ASSERT_TRUE(reader.value().next(record).value());
  EXPECT_TRUE(record.problem.ok());
  ASSERT_TRUE(reader.value().next(record).value());
  EXPECT_EQ(record.problem.code, Code::kUnsupported);
  EXPECT_EQ(record.pair, "");
  ASSERT_TRUE(reader.value().next(record).value());
  EXPECT_EQ(record.pair, "1");
}

}  // namespace
}  // namespace linnet::tools
