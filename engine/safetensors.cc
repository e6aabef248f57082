#include "engine/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/json_fields.h"

static_assert(std::endian::native == std::endian::little, "files are little-endian, read in place");

namespace linnet::engine {
namespace {

size_t dtype_size(const std::string& dtype) {  // 0: unknown
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  if (dtype == "F8_E4M3" || dtype == "F8_E5M2") return 1;
  return 0;
}

bool read_counts(const base::Json& value, std::vector<uint64_t>& counts) {
  if (!value.is_array()) return false;
  for (const base::Json& item : value) {
    if (!item.is_number_unsigned()) return false;
    counts.push_back(item.get<uint64_t>());
  }
  return true;
}

// size * product(shape), or false when that does not fit 64 bits.
bool byte_size(size_t element_size, const std::vector<uint64_t>& shape, uint64_t& bytes) {
  bytes = element_size;
  for (const uint64_t n : shape) {
    if (__builtin_mul_overflow(bytes, n, &bytes)) return false;
  }
  return true;
}

// One entry of the header: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}.
Result<RawTensor> read_entry(const std::string& name, const base::Json& entry,
                             std::span<const std::byte> data, const std::string& where) {
  const auto fail = [&](Code code, const std::string& what) {
    return Status{code, where + ": tensor " + name + ": " + what};
  };
  base::JsonFields fields(entry, where + ": tensor " + name);
  RawTensor tensor{.name = name, .dtype = fields.text("dtype"), .shape = {}, .bytes = {}, .file = where};
  if (!fields.status().ok()) return fields.status();

  const size_t element_size = dtype_size(tensor.dtype);
  if (element_size == 0) {
    return fail(Code::kUnsupported,
                "dtype is " + tensor.dtype + ", expected F32, F16, BF16 or an integer type");
  }
  std::vector<uint64_t> offsets;
  if (!entry.contains("shape") || !read_counts(entry["shape"], tensor.shape)) {
    return fail(Code::kCorrupt, "shape is missing or not a list of whole numbers");
  }
  if (!entry.contains("data_offsets") || !read_counts(entry["data_offsets"], offsets) ||
      offsets.size() != 2) {
    return fail(Code::kCorrupt, "data_offsets is missing or not two whole numbers");
  }
  const uint64_t begin = offsets[0], end = offsets[1];
  if (begin > end || end > data.size()) {
    return fail(Code::kCorrupt, "lies at bytes " + std::to_string(begin) + " to " +
                                    std::to_string(end) + " of the data, which has " +
                                    std::to_string(data.size()) + " bytes");
  }
  uint64_t bytes = 0;
  if (!byte_size(element_size, tensor.shape, bytes) || bytes != end - begin) {
    return fail(Code::kCorrupt, tensor.dtype + " " + shape_text(tensor.shape) + " does not fit its " +
                                    std::to_string(end - begin) + " bytes");
  }
  tensor.bytes = data.subspan(begin, end - begin);
  return tensor;
}

Status check_overlap(std::vector<RawTensor>& tensors, const std::string& path) {
  std::sort(tensors.begin(), tensors.end(), [](const RawTensor& a, const RawTensor& b) {
    return a.bytes.data() < b.bytes.data();
  });
  const RawTensor* before = nullptr;
  for (const RawTensor& tensor : tensors) {
    if (tensor.bytes.empty()) continue;
    if (before != nullptr && before->bytes.data() + before->bytes.size() > tensor.bytes.data()) {
      return {Code::kCorrupt,
              path + ": tensors " + before->name + " and " + tensor.name + " overlap"};
    }
    before = &tensor;
  }
  std::sort(tensors.begin(), tensors.end(),
            [](const RawTensor& a, const RawTensor& b) { return a.name < b.name; });
  return {};
}

}  // namespace

std::string shape_text(std::span<const uint64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

Result<SafetensorsFile> read_safetensors(const std::string& path) {
  auto mapped = base::MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  SafetensorsFile file{.path = path, .mapped = std::move(mapped.value()), .tensors = {}};
  const auto bytes = file.mapped.bytes();

  uint64_t header_size = 0;
  if (bytes.size() < sizeof(header_size)) {
    return Status{Code::kCorrupt, path + ": has " + std::to_string(bytes.size()) +
                                      " bytes, too few for a safetensors file"};
  }
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  const auto rest = bytes.subspan(sizeof(header_size));
  if (header_size > rest.size()) {
    return Status{Code::kCorrupt, path + ": the header is said to have " +
                                      std::to_string(header_size) + " bytes, but only " +
                                      std::to_string(rest.size()) + " follow"};
  }
  const std::string_view header(reinterpret_cast<const char*>(rest.data()), header_size);
  const auto json = base::parse_json(header, path + ": header");
  if (!json.ok()) return json.status();
  if (!json.value().is_object()) {
    return Status{Code::kCorrupt, path + ": header: is no JSON object"};
  }
  for (const auto& [name, entry] : json.value().items()) {
    if (name == "__metadata__") continue;
    auto tensor = read_entry(name, entry, rest.subspan(header_size), path);
    if (!tensor.ok()) return tensor.status();
    file.tensors.push_back(std::move(tensor.value()));
  }
  if (Status status = check_overlap(file.tensors, path); !status.ok()) return status;
  return file;
}

}  // namespace linnet::engine
