#include "engine/hf_weights.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/json_fields.h"
#include "base/mapped_file.h"

namespace linnet::engine {
namespace {

namespace fs = std::filesystem;

// What an error says where there are no safetensors. `conversion`: Python that makes them of a .bin.
Status no_weights(const std::string& folder, const std::string& conversion) {
  std::set<std::string> others;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".bin" || extension == ".onnx" || extension == ".gguf" ||
        extension == ".h5" || extension == ".pt" || extension == ".msgpack") {
      others.insert(entry->path().filename().string());
    }
  }
  if (others.empty()) {
    return {Code::kNotFound, folder + ": has no model.safetensors"};
  }
  std::string names;
  bool torch = false;
  for (const std::string& name : others) {
    names += (names.empty() ? "" : ", ") + name;
    torch = torch || name.ends_with(".bin");
  }
  return {Code::kUnsupported,
          folder + ": has no model.safetensors, only " + names + ". Linnet reads safetensors; " +
              (torch ? "to convert, in Python: " + conversion
                     : "these do not convert back: fetch the model's safetensors or .bin file")};
}

Result<std::vector<std::string>> shard_names(const std::string& index_path) {
  const auto index = base::read_json_file(index_path);
  if (!index.ok()) return index.status();
  const base::Json& json = index.value();
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    return Status{Code::kCorrupt, index_path + ": weight_map is missing or no object"};
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    if (!file.is_string()) {
      return Status{Code::kCorrupt, index_path + ": weight_map." + tensor + " is no file name"};
    }
    const auto name = file.get<std::string>();
    if (fs::path(name).filename() != name) {
      return Status{Code::kCorrupt, index_path + ": weight_map." + tensor + " is '" + name +
                                        "', expected the name of a file beside it"};
    }
    names.insert(name);
  }
  if (names.empty()) return Status{Code::kCorrupt, index_path + ": weight_map is empty"};
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

std::vector<const RawTensor*> HfWeights::tensors() const {
  std::vector<const RawTensor*> all;
  for (const SafetensorsFile& file : files) {
    for (const RawTensor& tensor : file.tensors) all.push_back(&tensor);
  }
  std::sort(all.begin(), all.end(),
            [](const RawTensor* a, const RawTensor* b) { return a->name < b->name; });
  return all;
}

Result<HfWeights> read_hf_weights(const std::string& folder) {
  const std::string index_path = folder + "/model.safetensors.index.json";
  std::vector<std::string> names = {"model.safetensors"};
  if (!base::exists(folder + "/model.safetensors")) {
    if (!base::exists(index_path)) {
      return no_weights(folder, "from transformers import AutoModel; AutoModel.from_pretrained('" +
                                    folder + "').save_pretrained('" + folder + "')");
    }
    auto shards = shard_names(index_path);
    if (!shards.ok()) return shards.status();
    names = std::move(shards.value());
  }
  HfWeights weights;
  std::map<std::string, std::string> seen;  // tensor -> file
  for (const std::string& name : names) {
    auto file = read_safetensors(folder + "/" + name);
    if (!file.ok()) return file.status();
    for (const RawTensor& tensor : file.value().tensors) {
      const auto [at, is_new] = seen.emplace(tensor.name, name);
      if (!is_new) {
        return Status{Code::kCorrupt, folder + ": tensor " + tensor.name + " is in both " +
                                          at->second + " and " + name};
      }
    }
    weights.files.push_back(std::move(file.value()));
  }
  return weights;
}

Result<SafetensorsFile> read_module_weights(const std::string& folder) {
  if (!base::exists(folder + "/model.safetensors")) {
    return no_weights(folder, "from sentence_transformers import SentenceTransformer; load the whole "
                              "model and save() it");
  }
  return read_safetensors(folder + "/model.safetensors");
}

}  // namespace linnet::engine
