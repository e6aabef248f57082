// RecordReader goes on from every place at which a run may have ended, also where it has looked behind that place.
#include "tools/records.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace linnet::tools {
namespace {

std::string written(const std::string& name, const std::string& content) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "records_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / name, std::ios::binary) << content;
  return folder / name;
}

InputOptions whole(const std::vector<std::string>& contents) {
  InputOptions options;
  options.format = InputFormat::kWhole;
  options.question = "why";
  for (const std::string& content : contents) {
    options.files.push_back(written(std::to_string(options.files.size()), content));
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

// "TEXT LINE" of what is left.
std::vector<std::string> places(RecordReader& reader) {
  std::vector<std::string> found;
  Record record;
  while (reader.next(record).value()) found.push_back(record.text + " " + std::to_string(record.line));
  return found;
}

TEST(ReadingAhead, ChangesNoPosition) {
  InputOptions options;
  options.files = {written("a.jsonl", "\n{\"text\":\"a\"}\n \t\r\n{\"text\":\"b\"}\n\n  "), written("none.txt", ""),
                   written("c.csv", "\r\ntext\r\n\r\n\"c\nc\"\r\n\n\"\"\nd\n\r\n\r"), written("blank.csv", "\n\n"),
                   written("e.txt", "e\n\nf"), written("g.jsonl", "\n \n")};
  const std::vector<std::string> expected = {"a 2", "b 4", "c\nc 4", " 7", "d 8", "e 1", " 2", "f 3"};
  for (size_t done = 0; done <= expected.size(); ++done) {
    Result<RecordReader> before = RecordReader::open(options);
    ASSERT_TRUE(before.ok());
    Record record;
    for (size_t i = 0; i < done; ++i) ASSERT_TRUE(before.value().next(record).value());
    const std::vector<std::string> left(expected.begin() + static_cast<ptrdiff_t>(done), expected.end());
    for (const bool ahead : {false, true}) {
      EXPECT_TRUE(!ahead || before.value().ready());
      Result<RecordReader> after = RecordReader::open(options);
      ASSERT_TRUE(after.ok());
      const Status there = after.value().go_to(before.value().position());
      ASSERT_TRUE(there.ok()) << there.message;
      EXPECT_EQ(places(after.value()), left) << done << (ahead ? ", ahead" : "");
    }
    EXPECT_EQ(places(before.value()), left) << done;
  }
}

}  // namespace
}  // namespace linnet::tools
