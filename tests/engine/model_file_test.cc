// A .linnet file that is cut short, damaged or something else: a clear error, no wild read.
#include <gtest/gtest.h>

#include <random>

#include "engine/checksum.h"
#include "engine/image_format.h"
#include "engine/model_image.h"
#include "linnet/embedder.h"
#include "linnet/import.h"
#include "tests/engine/hf_folder.h"

namespace linnet::engine {
namespace {

// In both precisions.
struct ModelFile : testing::TestWithParam<Precision> {
  const tests::TempDir dir;
  const std::string path = dir / "m.linnet";
  std::string good;
  std::vector<SectionEntry> sections;

  void SetUp() override {
    const auto report =
        import_model(LINNET_SOURCE_DIR "/tests/golden/tiny_bert", path, {.precision = GetParam()});
    ASSERT_TRUE(report.ok()) << report.status().message;
    good = tests::read_file(path);
    ASSERT_EQ(good.size(), report.value().bytes);
    sections.resize(kNumSections);
    std::memcpy(sections.data(), good.data() + sizeof(FileHeader),
                kNumSections * sizeof(SectionEntry));
  }

  Status open(const std::string& bytes, bool verify = false) const {
    tests::write_file(path, bytes);
    const auto model = Model::open(path, {.verify_tensors = verify, .isa = ""});
    return model.ok() ? Status{} : model.status();
  }
  void expect(const std::string& bytes, Code code, const std::string& part, bool verify = false) const {
    const Status status = open(bytes, verify);
    EXPECT_EQ(status.code, code) << status.message;
    EXPECT_EQ(status.message.rfind(path + ": ", 0), 0u) << status.message;
    EXPECT_NE(status.message.find(part), std::string::npos) << status.message << "\nnot " << part;
  }
};

// As who damages a file on purpose would: the checksums hold.
void write_checksums(std::string& file) {
  for (uint32_t s = 0; s < kNumSections; ++s) {
    SectionEntry entry;
    char* const at = file.data() + sizeof(FileHeader) + s * sizeof(entry);
    std::memcpy(&entry, at, sizeof(entry));
    if (entry.offset > file.size() || entry.size > file.size() - entry.offset) continue;
    entry.checksum = checksum(std::as_bytes(std::span(file)).subspan(entry.offset, entry.size));
    std::memcpy(at, &entry, sizeof(entry));
  }
  FileHeader header;
  std::memcpy(&header, file.data(), sizeof(header));
  header.checksum = 0;
  std::memcpy(file.data(), &header, sizeof(header));
  const size_t head = sizeof(FileHeader) + kNumSections * sizeof(SectionEntry);
  header.checksum = checksum(std::as_bytes(std::span(file)).first(head));
  std::memcpy(file.data(), &header, sizeof(header));
}

// With a piece of the metadata replaced by a longer one, for which the hash of the source makes room.
std::string with_metadata(const std::string& good, const SectionEntry& section, const std::string& from,
                          const std::string& to) {
  std::string text = good.substr(section.offset, section.size);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at == std::string::npos) return good;
  text.replace(at, from.size(), to);
  const std::string hash = "\"sha256\":\"";
  text.erase(text.find(hash) + hash.size(), to.size() - from.size());
  EXPECT_EQ(text.size(), section.size);
  std::string file = good;
  file.replace(section.offset, section.size, text);
  write_checksums(file);
  return file;
}

// What a later program may write, with checksums that hold.
TEST_P(ModelFile, OfANewerLinnet) {
  const auto newer = [&](const std::string& from, const std::string& to, const std::string& part) {
    expect(with_metadata(good, sections[0], from, to), Code::kUnsupported,
           part + ": the file was made by a newer Linnet");
  };
  newer("\"encoder\":{", "\"encoder\":{\"window\":128,", "metadata: encoder: window is 128, expected no such field");
  newer("\"task\":", "\"late\":[\"x\"],\"task\":", "metadata: late is [\"x\"], expected no such field");
  newer("\"positions\":\"table\"", "\"positions\":\"tables\"",
        "metadata: encoder: positions is \"tables\", expected table, relative, rotary or alibi");
  newer("\"family\":\"bert\"", "\"family\":\"berta\"", "gte");
  std::string layout = good;
  layout[sections[1].offset + offsetof(TensorEntry, layout)] = kNumLayouts;
  write_checksums(layout);
  expect(layout, Code::kUnsupported, " has layout 6, expected 0 to 5: the file was made by a newer Linnet");
  std::string version = good;
  version[offsetof(FileHeader, version)] = kFormatVersion + 1;
  expect(version, Code::kUnsupported, ": the file was made by a newer Linnet");
  version[offsetof(FileHeader, version)] = kFormatVersion - 1;
  expect(version, Code::kUnsupported, "; import the model again with it");
  // What is only shown may be more.
  const Status shown = open(with_metadata(good, sections[0], "\"source\":{", "\"source\":{\"by\":\"me\","));
  EXPECT_TRUE(shown.ok()) << shown.message;
}

TEST_P(ModelFile, OtherThings) {
  expect("", Code::kCorrupt, "has 0 bytes, too few for a .linnet file");
  expect("LINNET\r\n", Code::kCorrupt, "has 8 bytes, too few for a .linnet file");
  expect("These are only words, in a text file of some length.\n", Code::kCorrupt,
         "is no .linnet file");
  expect(good + "x", Code::kCorrupt, "it is truncated or damaged");
  const auto missing = Model::open(dir / "none.linnet");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code, Code::kNotFound);
  EXPECT_NE(missing.status().message.find("none.linnet: cannot open: No such file"), std::string::npos)
      << missing.status().message;
  const auto folder = Model::open(dir.path());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code, Code::kNotFound);
  EXPECT_NE(folder.status().message.find("/config.json"), std::string::npos);
}

TEST_P(ModelFile, Truncated) {
  std::vector<size_t> sizes = {1, sizeof(FileHeader), sizeof(FileHeader) + 1,
                               sizeof(FileHeader) + kNumSections * sizeof(SectionEntry)};
  for (const SectionEntry& section : sections) {
    for (const size_t edge : {section.offset, section.offset + section.size}) {
      for (const size_t size : {edge - 1, edge, edge + 1}) sizes.push_back(size);
    }
  }
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) sizes.push_back(random() % good.size());
  for (const size_t size : sizes) {
    if (size >= good.size()) continue;
    SCOPED_TRACE(size);
    expect(good.substr(0, size), Code::kCorrupt, "has " + std::to_string(size) + " bytes");
  }
}

// Everything but the weights is under a checksum that open() looks at; gaps between sections are not
// read at all.
TEST_P(ModelFile, FlippedBits) {
  const size_t head = sizeof(FileHeader) + kNumSections * sizeof(SectionEntry);
  std::mt19937 random(4);
  const auto flip = [&](size_t at, const std::string& part) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    SCOPED_TRACE(at);
    const Status status = open(bad);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.message.rfind(path + ": ", 0), 0u) << status.message;
    EXPECT_NE(status.message.find(part), std::string::npos) << status.message;
  };
  for (size_t at = 0; at < head; ++at) flip(at, "");
  for (uint32_t s = 0; s + 1 < kNumSections; ++s) {
    for (int i = 0; i < 100; ++i) {
      flip(sections[s].offset + random() % sections[s].size,
           "section " + std::string(kSectionNames[s]) + " is damaged (checksum)");
    }
  }
}

TEST_P(ModelFile, FlippedWeightsAreFoundWithTheTensorsName) {
  const auto image = ModelImage::map(path);
  ASSERT_TRUE(image.ok());
  const std::byte* const begin = image.value().bytes().data();
  std::vector<std::pair<std::string, size_t>> places;
  for (const Tensor& tensor : image.value().tensors()) {
    const auto offset = static_cast<size_t>(tensor.bytes.data() - begin);
    for (const size_t at : {offset, offset + tensor.bytes.size() - 1}) {
      places.emplace_back(std::string(tensor.name), at);
    }
  }
  ASSERT_GT(places.size(), 50u);
  const tests::TempDir other;
  for (const auto& [name, at] : places) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 16);
    tests::write_file(other / "bad", bad);
    const auto opened = Model::open(other / "bad", {.verify_tensors = true, .isa = ""});
    ASSERT_FALSE(opened.ok()) << name;
    EXPECT_EQ(opened.status().code, Code::kCorrupt);
    EXPECT_EQ(opened.status().message, other / "bad" + ": tensor " + name + " is damaged (checksum)");
    EXPECT_TRUE(Model::open(other / "bad").ok()) << "checked only when asked";
  }
}

// With checksums that hold, whatever opens can be used. The sanitizers' build is the judge.
TEST_P(ModelFile, HostileBytesAreSafe) {
  std::mt19937 random(5);
  int opened = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    const SectionEntry& section = sections[static_cast<size_t>(i) % sections.size()];
    const int flips = 1 + i % 3;
    for (int f = 0; f < flips; ++f) {
      const size_t at = i % 4 == 3 ? sizeof(FileHeader) + random() % (kNumSections * sizeof(section))
                                   : section.offset + random() % section.size;
      bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    }
    write_checksums(bad);
    tests::write_file(path, bad);
    const auto model = Model::open(path);
    if (!model.ok()) {
      EXPECT_EQ(model.status().message.rfind(path + ": ", 0), 0u) << model.status().message;
      continue;
    }
    ++opened;
    auto embedder = Embedder::create(model.value());
    ASSERT_TRUE(embedder.ok()) << embedder.status().message;
    const std::vector<std::string_view> texts = {"good morning", "", "[SEP] na\xc3\xafve \xff"};
    std::vector<float> vectors(texts.size() * embedder.value().dimension());
    EXPECT_TRUE(embedder.value().embed(texts, vectors).ok());
  }
  EXPECT_GT(opened, 0);
  EXPECT_LT(opened, 400);
}

// Sets byte `at` of a tensor, as who damages a file on purpose would.
std::string with_byte(const std::string& good, const ModelImage& image, const Tensor& tensor, size_t at,
                      int8_t value) {
  std::string bad = good;
  const auto offset = static_cast<size_t>(tensor.bytes.data() - image.bytes().data());
  bad[offset + at] = static_cast<char>(value);
  const auto table_begin = image.sections()[1].offset;
  for (size_t entry_at = table_begin;; entry_at += sizeof(TensorEntry)) {
    TensorEntry entry;
    std::memcpy(&entry, bad.data() + entry_at, sizeof(entry));
    if (entry.offset != offset) continue;
    entry.checksum = checksum(std::as_bytes(std::span(bad)).subspan(offset, entry.size));
    std::memcpy(bad.data() + entry_at, &entry, sizeof(entry));
    break;
  }
  write_checksums(bad);
  return bad;
}

TEST_P(ModelFile, ABrokenPairIsFoundWithItsPlace) {
  if (GetParam() != Precision::kInt8) return;
  const auto image = ModelImage::map(path);
  ASSERT_TRUE(image.ok());
  const Tensor* const tensor = image.value().find("layers.1.ffn_down.weight");
  ASSERT_NE(tensor, nullptr);
  ASSERT_EQ(tensor->layout, Layout::kPanelsS8);
  // Output 17 is column 1 of panel 1; weights 6 and 7 are bytes 2 and 3 of k-quad 1.
  const size_t k4 = (tensor->cols + 3) / 4 * 4, at = 16 * k4 + 64 + 1 * 4 + 2;
  for (const int8_t value : {int8_t{127}, int8_t{-128}}) {
    std::string bad = with_byte(good, image.value(), *tensor, at, value);
    tests::TempDir other;
    tests::write_file(other / "bad", bad);
    const auto once = ModelImage::map(other / "bad");
    ASSERT_TRUE(once.ok());
    bad = with_byte(bad, once.value(), *once.value().find(tensor->name), at + 1, value);
    tests::write_file(other / "bad", bad);
    const auto opened = Model::open(other / "bad", {.verify_tensors = true, .isa = ""});
    ASSERT_FALSE(opened.ok());
    const std::string number = std::to_string(value);
    EXPECT_EQ(opened.status().message,
              other / "bad" + ": tensor layers.1.ffn_down.weight: weights 6 and 7 of output 17 are " + number +
                  " and " + number + ", expected a sum of at most 128 either way");
  }
}

TEST_P(ModelFile, AWrongSumOfWeightsIsFoundWithItsPlace) {
  if (GetParam() != Precision::kInt8) return;
  const auto image = ModelImage::map(path);
  ASSERT_TRUE(image.ok());
  const Tensor* const sums = image.value().find("layers.1.ffn_down.column_sum");
  ASSERT_NE(sums, nullptr);
  const int32_t right = sums->s32()[17];
  const auto low = static_cast<int8_t>(right ^ 1);  // the lowest byte of output 17's
  tests::TempDir other;
  tests::write_file(other / "bad", with_byte(good, image.value(), *sums, 17 * sizeof(int32_t), low));
  const auto opened = Model::open(other / "bad", {.verify_tensors = true, .isa = ""});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().message, other / "bad" + ": tensor layers.1.ffn_down.column_sum: element 17 is " +
                                         std::to_string(right ^ 1) + ", expected the sum of its weights, " +
                                         std::to_string(right));
}

TEST_P(ModelFile, HasAPrecisionOfItsOwn) {
  const auto model = Model::open(path);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model.value().info().precision, precision_name(GetParam()));
  EXPECT_EQ(model.value().info().calibration.empty(), GetParam() == Precision::kFp32);
  // The other one is in the metadata, but not the tensors that it calls for.
  std::string bad = good;
  const size_t at = bad.find(precision_name(GetParam()));
  ASSERT_NE(at, std::string::npos);
  bad.replace(at, 4, GetParam() == Precision::kFp32 ? "int8" : "fp32");
  write_checksums(bad);
  expect(bad, Code::kCorrupt, "tensor embeddings.word: found [");
}

INSTANTIATE_TEST_SUITE_P(InBothPrecisions, ModelFile, testing::Values(Precision::kFp32, Precision::kInt8),
                         [](const auto& test) { return std::string(precision_name(test.param)); });

}  // namespace
}  // namespace linnet::engine
