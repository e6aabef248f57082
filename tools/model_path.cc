#include "tools/model_path.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tools/shell_word.h"

namespace linnet::tools {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string cache_folder() {
  if (const std::string cache = environment("HF_HUB_CACHE"); !cache.empty()) return cache;
  if (const std::string home = environment("HF_HOME"); !home.empty()) return home + "/hub";
  if (const std::string xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) {
    return xdg + "/huggingface/hub";
  }
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.cache/huggingface/hub";
}

// "name" or "organization/name".
bool could_be_hub_name(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.front() != '.' && name.back() != '/' &&
         std::count(name.begin(), name.end(), '/') <= 1 && !name.ends_with(".linnet");
}

// The cache keeps models--ORGANIZATION--NAME/refs/main, which names a folder of snapshots/.
std::string snapshot(const std::string& name) {
  std::string folder = "models--" + name;
  if (const size_t slash = folder.find('/'); slash != std::string::npos) {
    folder.replace(slash, 1, "--");
  }
  const fs::path model = fs::path(cache_folder()) / folder;
  std::ifstream ref(model / "refs/main");
  std::string revision;
  if (!std::getline(ref, revision)) return "";
  const fs::path path = model / "snapshots" / revision;
  std::error_code error;
  return fs::is_directory(path, error) ? path.string() : "";
}

}  // namespace

Result<std::string> find_model(const std::string& name) {
  std::error_code error;
  const fs::file_status status = fs::status(name, error);
  if (fs::exists(status)) return name;
  // Permission denied and the like: the open that follows says it.
  if (error && status.type() != fs::file_type::not_found) return name;
  if (!could_be_hub_name(name)) {
    return Status{Code::kNotFound, name + ": no such file or folder"};
  }
  // A name without an organization is one of sentence-transformers', as it is there.
  const std::string full = name.find('/') == std::string::npos ? "sentence-transformers/" + name : name;
  if (!cache_folder().empty()) {
    for (const std::string& known : {name, full}) {
      if (const std::string path = snapshot(known); !path.empty()) return path;
    }
  }
  const std::string place =
      cache_folder().empty() ? "" : " (" + cache_folder() + ")";
  return Status{Code::kNotFound, name + ": no such file or folder, and no model of that name in the "
                                        "local Hugging Face cache" + place +
                                     "; to fetch one: hf download " + shell_word(full)};
}

}  // namespace linnet::tools
