// tests/engine/reference_tensors.h - a small .safetensors file of expected values, read the obvious way.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/temp_dir.h"

namespace linnet::tests {

// The safetensors format: u64 size of a JSON header, the header, the data.
class ReferenceTensors {
 public:
  explicit ReferenceTensors(const std::string& path) : bytes_(read_file(path)) {
    uint64_t header_size = 0;
    std::memcpy(&header_size, bytes_.data(), sizeof(header_size));
    header_ = nlohmann::json::parse(bytes_.substr(8, header_size));
    data_begin_ = 8 + header_size;
  }

  bool has(const std::string& name) const { return header_.contains(name); }

  // All values of a tensor of T, row-major.
  template <typename T>
  std::vector<T> values(const std::string& name) const {
    const auto& offsets = header_.at(name).at("data_offsets");
    const size_t begin = offsets.at(0), end = offsets.at(1);
    std::vector<T> values((end - begin) / sizeof(T));
    std::memcpy(values.data(), bytes_.data() + data_begin_ + begin, end - begin);
    return values;
  }

 private:
  std::string bytes_;
  nlohmann::json header_;
  size_t data_begin_ = 0;
};

}  // namespace linnet::tests
