// Weights that cannot be imported: safetensors files, shards, tensors that do not fit a BERT.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "engine/float_conversion.h"
#include "engine/model_image.h"
#include "tests/engine/hf_folder.h"

namespace linnet::engine {
namespace {

using tests::HfFolder;
using tests::json;
using tests::Safetensors;

const std::string kWeights = "model.safetensors";
const std::string kWord = "embeddings.word_embeddings.weight";

// A file of one tensor, described by `header`, with `size` bytes of data.
void expect_header_error(const std::string& header, size_t size, Code code,
                         const std::vector<std::string>& parts, size_t said_extra = 0) {
  SCOPED_TRACE(header);
  const HfFolder folder;
  tests::write_safetensors_parts(folder / kWeights, header, std::string(size, '\0'),
                                 header.size() + said_extra);
  folder.expect_error(code, kWeights, parts);
}

TEST(Safetensors, Header) {
  const std::string good = R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  expect_header_error(good, 8, Code::kCorrupt, {"the header is said to have", "but only"}, 9);
  expect_header_error(good, 8, Code::kCorrupt, {"the header is said to have 18446744073709551615"},
                      std::numeric_limits<size_t>::max() - good.size());
  expect_header_error("{\"t\":", 8, Code::kCorrupt, {"header: not JSON"});
  expect_header_error("[1]", 8, Code::kCorrupt, {"header: is no JSON object"});
  expect_header_error("", 0, Code::kCorrupt, {"header: not JSON"});
  expect_header_error(R"({"t":1})", 8, Code::kCorrupt, {"tensor t", "expected an object"});
  const HfFolder folder;
  tests::write_file(folder / kWeights, "");
  folder.expect_error(Code::kCorrupt, kWeights, {"has 0 bytes"});
  tests::write_file(folder / kWeights, "1234567");
  folder.expect_error(Code::kCorrupt, kWeights, {"has 7 bytes"});
}

TEST(Safetensors, Entries) {
  const auto entry = [](const std::string& fields, Code code, const std::vector<std::string>& parts) {
    expect_header_error("{\"t\":{" + fields + "}}", 8, code, parts);
  };
  const Code corrupt = Code::kCorrupt;
  entry(R"("dtype":"F32","shape":[2],"data_offsets":[4,12])", corrupt,
        {"tensor t", "lies at bytes 4 to 12 of the data, which has 8 bytes"});
  entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])", corrupt, {"tensor t", "bytes 8 to 0"});
  entry(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", corrupt,
        {"tensor t", "F32 [3] does not fit its 8 bytes"});
  entry(R"("dtype":"F16","shape":[2],"data_offsets":[0,8])", corrupt, {"F16 [2] does not fit its 8"});
  entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])", corrupt,
        {"[4294967296, 4294967296] does not fit its 8 bytes"});
  entry(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", corrupt, {"shape is missing or not a"});
  entry(R"("dtype":"F32","shape":[2.5],"data_offsets":[0,8])", corrupt, {"shape is missing or not a"});
  entry(R"("dtype":"F32","shape":2,"data_offsets":[0,8])", corrupt, {"shape is missing or not a"});
  entry(R"("dtype":"F32","data_offsets":[0,8])", corrupt, {"shape is missing or not a"});
  entry(R"("dtype":"F32","shape":[2])", corrupt, {"data_offsets is missing or not two"});
  entry(R"("dtype":"F32","shape":[2],"data_offsets":[0])", corrupt, {"data_offsets is missing or"});
  entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,-8])", corrupt, {"data_offsets is missing or"});
  entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999])", corrupt,
        {"data_offsets is missing or"});
  entry(R"("shape":[2],"data_offsets":[0,8])", corrupt, {"dtype is missing, expected a string"});
  entry(R"("dtype":"Q4_K","shape":[2],"data_offsets":[0,8])", Code::kUnsupported,
        {"dtype is Q4_K, expected F32, F16, BF16"});
  expect_header_error(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                      8, corrupt, {"tensors a and b overlap"});
}

TEST(ImportShards, MissingAndDoubled) {
  const std::string index = "model.safetensors.index.json";
  const std::string second = "model-00002-of-00002.safetensors";
  const HfFolder folder("tiny_bert_plain");
  folder.import();
  Safetensors tensors = tests::read_safetensors_file(folder / "model-00001-of-00002.safetensors");
  const auto doubled = *tensors.begin();
  tensors = tests::read_safetensors_file(folder / second);
  const Safetensors original = tensors;
  tensors.insert(doubled);
  tests::write_safetensors_file(folder / second, tensors);
  folder.expect_error(Code::kCorrupt, "", {doubled.first, "is in both model-00001", second});
  tests::write_safetensors_file(folder / second, original);
  folder.edit(index, [](json& i) { i["weight_map"]["x"] = "../elsewhere.safetensors"; });
  folder.expect_error(Code::kCorrupt, index, {"weight_map.x is '../elsewhere", "a file beside it"});
  folder.edit(index, [](json& i) { i["weight_map"]["x"] = 3; });
  folder.expect_error(Code::kCorrupt, index, {"weight_map.x is no file name"});
  folder.edit(index, [&](json& i) { i["weight_map"]["x"] = second; });
  folder.remove(second);
  folder.expect_error(Code::kNotFound, second, {"cannot open: No such file"});
  folder.edit(index, [](json& i) { i.erase("weight_map"); });
  folder.expect_error(Code::kCorrupt, index, {"weight_map is missing"});
}

TEST(ImportWeights, OnlyOtherFormats) {
  const HfFolder folder;
  folder.remove(kWeights);
  folder.expect_error(Code::kNotFound, "", {"has no model.safetensors"});
  tests::write_file(folder / "model.onnx", "x");
  tests::write_file(folder / "model-q4.gguf", "x");
  folder.expect_error(Code::kUnsupported, "",
                      {"only model-q4.gguf, model.onnx. Linnet reads safetensors", "fetch the model's"});
  tests::write_file(folder / "pytorch_model.bin", "x");
  folder.expect_error(Code::kUnsupported, "",
                      {"pytorch_model.bin", "AutoModel.from_pretrained('" + folder.path()});
}

void expect_tensor_error(const std::function<void(Safetensors&)>& change, Code code,
                         const std::string& file, const std::vector<std::string>& parts) {
  const HfFolder folder;
  folder.edit_tensors(change);
  folder.expect_error(code, file, parts);
}

TEST(ImportWeights, TensorsThatDoNotFit) {
  const std::string query = "encoder.layer.1.attention.self.query.weight";
  expect_tensor_error([&](Safetensors& t) { t.erase(query); }, Code::kCorrupt, "",
                      {"tensor " + query + " is missing, expected [32, 32]"});
  expect_tensor_error([&](Safetensors& t) { t[query].shape = {16, 64}; }, Code::kCorrupt, kWeights,
                      {"tensor " + query + " has shape [16, 64], expected [32, 32] by config.json"});
  expect_tensor_error([&](Safetensors& t) { t[query].shape = {1024}; }, Code::kCorrupt, kWeights,
                      {query + " has shape [1024], expected [32, 32]"});
  expect_tensor_error([&](Safetensors& t) { t["encoder.extra.weight"] = t[query]; },
                      Code::kUnsupported, kWeights,
                      {"encoder.extra.weight F32 [32, 32] is not part of a bert encoder"});
  expect_tensor_error(
      [&](Safetensors& t) { t["encoder.layer.2.output.dense.bias"] = t["pooler.dense.bias"]; },
      Code::kUnsupported, kWeights, {"encoder.layer.2.output.dense.bias", "encoder with 2 layers"});
  expect_tensor_error([&](Safetensors& t) { t["bert." + query] = t[query]; }, Code::kUnsupported,
                      kWeights, {"tensor bert." + query});
  expect_tensor_error([&](Safetensors& t) { t[query].dtype = "I32"; }, Code::kUnsupported, kWeights,
                      {"tensor " + query + " has dtype I32, expected F32, F16 or BF16"});
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          -std::numeric_limits<float>::infinity()}) {
    expect_tensor_error([&](Safetensors& t) { std::memcpy(&t[query].bytes[4 * 77], &bad, 4); },
                        Code::kCorrupt, kWeights, {query + ": element 77 is not a finite number"});
  }
}

TEST(ImportWeights, KnownAndUnused) {
  for (const char* dtype : {"I64", "I32", "U8", "F32"}) {
    const HfFolder folder;
    const size_t size = dtype[0] == 'U' ? 1 : dtype[1] == '6' ? 8 : 4;
    folder.edit_tensors([&](Safetensors& t) {
      t["embeddings.position_ids"] = {dtype, {1, 64}, std::string(64 * size, '\1')};
      t["cls.predictions.bias"] = {"F32", {252}, std::string(252 * 4, '\0')};
    });
    if (dtype[0] == 'F') {  // not a counter
      folder.expect_error(Code::kUnsupported, kWeights, {"embeddings.position_ids F32 [1, 64]"});
      continue;
    }
    const auto image = ModelImage::adopt(folder.import().image, "image");
    ASSERT_TRUE(image.ok()) << image.status().message;
    std::vector<std::string> unused;
    for (const SourceTensor& tensor : image.value().provenance().tensors) {
      if (!tensor.used) unused.push_back(tensor.name);
    }
    EXPECT_EQ(unused, (std::vector<std::string>{"cls.predictions.bias", "embeddings.position_ids",
                                                "pooler.dense.bias", "pooler.dense.weight"}));
  }
}

// Names with "bert." and the old LayerNorm names give the same tensors.
TEST(ImportWeights, OtherNamesSameTensors) {
  const HfFolder folder, renamed;
  renamed.edit_tensors([](Safetensors& t) {
    Safetensors other;
    for (const auto& [name, tensor] : t) {
      std::string old = "bert." + name;
      const size_t norm = old.find("LayerNorm.");
      if (norm != old.npos) {
        old.resize(norm);
        old += name.ends_with("weight") ? "LayerNorm.gamma" : "LayerNorm.beta";
      }
      other[old] = tensor;
    }
    t = other;
  });
  const auto a = ModelImage::adopt(folder.import().image, "a");
  const auto b = ModelImage::adopt(renamed.import().image, "b");
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_EQ(a.value().tensors().size(), b.value().tensors().size());
  for (const Tensor& tensor : a.value().tensors()) {
    const Tensor* other = b.value().find(tensor.name);
    ASSERT_NE(other, nullptr) << tensor.name;
    EXPECT_EQ(tensor.checksum, other->checksum) << tensor.name;
  }
}

// Every value there is, against arithmetic with doubles.
double slow_value(uint32_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double fraction = (bits & ((1u << fraction_bits) - 1)) / std::ldexp(1.0, fraction_bits);
  const double sign = (bits >> 15) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
  return sign * std::ldexp(1 + fraction, exponent - bias);
}

TEST(FloatConversion, EveryValue) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const struct {
      float found;
      double expected;
    } values[] = {{from_fp16(half), slow_value(bits, 5, 10)},
                  {from_bf16(half), slow_value(bits, 8, 7)}};
    for (const auto& [found, expected] : values) {
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(found)) << bits;
        continue;
      }
      ASSERT_EQ(static_cast<double>(found), expected) << bits;
      ASSERT_EQ(std::signbit(found), std::signbit(expected)) << bits;
    }
  }
}

}  // namespace
}  // namespace linnet::engine
