// The formats of output and CSV against NumPy, sentence-transformers and Python's csv module
// (tests/golden/make_output_formats.py).
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/csv.h"
#include "tools/npy.h"
#include "tools/vector_format.h"

namespace linnet::tools {
namespace {

const std::string kGolden = LINNET_SOURCE_DIR "/tests/golden/output_formats/";

std::string read_file(const std::string& name) {
  std::ifstream file(kGolden + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The whole .npy file that Linnet would write of the golden vectors.
std::string written(VectorFormat format, bool replace_nan) {
  Result<NpyReader> reader = NpyReader::open(kGolden + "float32.npy");
  EXPECT_TRUE(reader.ok());
  const size_t rows = reader.value().rows(), columns = reader.value().columns();
  std::vector<float> vectors(rows * columns);
  EXPECT_TRUE(reader.value().read(0, vectors).ok());
  for (float& value : vectors) {
    if (replace_nan && std::isnan(value)) value = 0;
  }
  format.kind = VectorFormat::Kind::kNpy;
  format.dimension = columns;
  std::string out = vector_layout(format).header(rows);
  for (size_t i = 0; i < rows; ++i) {
    append_vector(format, std::span(vectors).subspan(i * columns, columns), out);
  }
  return out;
}

TEST(VectorFormat, NpyIsWhatNumpyWrites) {
  EXPECT_EQ(written({}, false), read_file("float32.npy"));
  EXPECT_EQ(written({.half = true}, false), read_file("float16.npy"));
  EXPECT_EQ(written({.quantization = Quantization::kInt8}, true), read_file("int8.npy"));
  EXPECT_EQ(written({.quantization = Quantization::kBinary}, true), read_file("binary.npy"));
  EXPECT_EQ(written({.quantization = Quantization::kUbinary}, true), read_file("ubinary.npy"));
}

TEST(VectorFormat, TheLastByteOfBitsIsFilledWithZeros) {
  const float vector[] = {1, -1, 0, 1, 1, 1, 1, 1, 1, -1, 1};
  std::string out;
  append_vector({.quantization = Quantization::kUbinary, .dimension = 11}, vector, out);
  EXPECT_EQ(out, ", \"embedding\": [159, 160]");
}

TEST(VectorFormat, TheScaleGivesTheVectorBack) {
  const float vector[] = {0.5f, -1.27f, 0.01f, 0};
  std::string out;
  append_vector({.quantization = Quantization::kInt8, .dimension = 4}, vector, out);
  EXPECT_EQ(out, ", \"scale\": 0.01, \"embedding\": [50, -127, 1, 0]");
}

// Records as the splitter finds them when the bytes come in pieces.
std::vector<std::vector<std::string>> read_csv(const std::string& text, size_t piece) {
  std::vector<std::vector<std::string>> rows;
  CsvScanner scanner(',');
  std::string record;
  const auto end_record = [&] {
    if (!record.empty() && record.back() == '\n') record.pop_back();
    if (!record.empty() && record.back() == '\r') record.pop_back();
    if (!record.empty()) {
      EXPECT_TRUE(split_csv(record, ',', rows.emplace_back()));
    }
    record.clear();
    scanner.restart();
  };
  for (size_t at = 0; at < text.size();) {
    const std::string_view bytes = std::string_view(text).substr(at, piece);
    const size_t taken = scanner.scan(bytes);
    record.append(bytes.substr(0, taken));
    at += taken;
    if (scanner.complete()) end_record();
  }
  end_record();
  return rows;
}

TEST(Csv, ReadsWhatPythonReads) {
  std::ifstream file(kGolden + "csv.jsonl");
  size_t cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    const nlohmann::json golden = nlohmann::json::parse(line);
    const auto text = golden.at("text").get<std::string>();
    const auto rows = golden.at("rows").get<std::vector<std::vector<std::string>>>();
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, text.size()}) {
      EXPECT_EQ(read_csv(text, piece), rows) << line;
    }
  }
  EXPECT_GT(cases, 200u);
}

TEST(Csv, SaysThatAQuoteIsNotClosed) {
  std::vector<std::string> fields;
  EXPECT_FALSE(split_csv("a,\"b", ',', fields));
  EXPECT_FALSE(split_csv("\"a\"\"", ',', fields));
  EXPECT_TRUE(split_csv("\"a\"\"\"", ',', fields));
}

}  // namespace
}  // namespace linnet::tools
