// tests/requirements.h - what a test may need beyond the tree: the real model and the shared texts.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace linnet::tests {

inline std::string environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

inline std::optional<std::string> folder_with(const std::string& folder, const char* file) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::path(folder) / file, error)) return std::nullopt;
  return folder;
}

// The folder of shared texts and vocabularies: LINNET_SHARED, else the one beside the checkout.
inline std::optional<std::string> shared_dir() {
  return folder_with(environment("LINNET_SHARED", LINNET_SOURCE_DIR "/../shared"), "design.md");
}

// all-MiniLM-L6-v2 as Hugging Face folder: LINNET_MODEL_DIR, else where tools/fetch_model.sh put it.
inline std::optional<std::string> model_dir() {
  const std::string fetched = LINNET_SOURCE_DIR "/build/models/all-MiniLM-L6-v2";
  return folder_with(environment("LINNET_MODEL_DIR", fetched), "config.json");
}

// Whether LINNET_REQUIRE (a comma-separated list) names `requirement`: then its absence is a failure.
inline bool required(const std::string& requirement) {
  return ("," + environment("LINNET_REQUIRE", "") + ",").find("," + requirement + ",") !=
         std::string::npos;
}

// For a test without what it needs: a skip by name, or a failure where it is required.
inline void skip_or_fail(const std::string& requirement) {
  if (required(requirement)) {
    FAIL() << "LINNET_REQUIRE names '" << requirement << "', which is not there";
  }
  GTEST_SKIP() << "needs '" << requirement << "', which is not there";
}

}  // namespace linnet::tests
