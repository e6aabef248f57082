// tests/engine/hf_folder.h - a copy of a golden Hugging Face folder, to break and to import.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/importer.h"
#include "tests/temp_dir.h"

namespace linnet::tests {

using nlohmann::json;

struct SafetensorsEntry {
  std::string dtype;
  std::vector<uint64_t> shape;
  std::string bytes;
};
using Safetensors = std::map<std::string, SafetensorsEntry>;

inline Safetensors read_safetensors_file(const std::string& path) {
  const std::string file = read_file(path);
  uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof(size));
  Safetensors tensors;
  const json header = json::parse(file.substr(8, size));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto begin = entry["data_offsets"][0].get<size_t>();
    const auto end = entry["data_offsets"][1].get<size_t>();
    tensors[name] = {entry["dtype"].get<std::string>(), entry["shape"].get<std::vector<uint64_t>>(),
                     file.substr(8 + size + begin, end - begin)};
  }
  return tensors;
}

// Any header, any data, and a size that may be a lie.
inline void write_safetensors_parts(const std::string& path, const std::string& header,
                                    const std::string& data, uint64_t said_size) {
  std::string file(sizeof(said_size), '\0');
  std::memcpy(file.data(), &said_size, sizeof(said_size));
  write_file(path, file + header + data);
}

inline void write_safetensors_file(const std::string& path, const Safetensors& tensors) {
  json header = json::object();
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  write_safetensors_parts(path, header.dump(), data, header.dump().size());
}

class HfFolder {
 public:
  explicit HfFolder(const std::string& golden = "tiny_bert") : path_(dir_ / "model") {
    std::filesystem::copy(LINNET_SOURCE_DIR "/tests/golden/" + golden, path_,
                          std::filesystem::copy_options::recursive);
  }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  const TempDir& dir() const { return dir_; }  // holds the folder and nothing else

  void edit(const std::string& name, const std::function<void(json&)>& change) const {
    json value = json::parse(read_file(*this / name));
    change(value);
    write_file(*this / name, value.dump());
  }
  void edit_tensors(const std::function<void(Safetensors&)>& change) const {
    Safetensors tensors = read_safetensors_file(*this / "model.safetensors");
    change(tensors);
    write_safetensors_file(*this / "model.safetensors", tensors);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(*this / name); }

  // Where the import fails: with `code`, a message that begins with the path of `file` and has every
  // part of `parts`.
  void expect_error(Code code, const std::string& file, const std::vector<std::string>& parts) const {
    const auto imported = engine::import_folder(path_);
    ASSERT_FALSE(imported.ok()) << file << " " << (parts.empty() ? "" : parts[0]);
    const Status& status = imported.status();
    EXPECT_EQ(status.code, code) << status.message;
    const std::string place = file.empty() ? path_ : *this / file;
    EXPECT_EQ(status.message.rfind(place + ":", 0), 0u) << status.message << "\nexpected " << place;
    for (const std::string& part : parts) {
      EXPECT_NE(status.message.find(part), std::string::npos)
          << status.message << "\nexpected " << part;
    }
  }

  engine::ImportedModel import() const {
    auto imported = engine::import_folder(path_);
    EXPECT_TRUE(imported.ok()) << imported.status().message;
    return imported.ok() ? std::move(imported.value()) : engine::ImportedModel{};
  }

 private:
  TempDir dir_;
  std::string path_;
};

}  // namespace linnet::tests
