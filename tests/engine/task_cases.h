// tests/engine/task_cases.h - the golden models of tests/golden/tasks and what transformers gave for them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace linnet::tests {

inline std::string task_folder(const std::string& name) {
  return LINNET_SOURCE_DIR "/tests/golden/tasks/" + name;
}

inline std::vector<nlohmann::json> task_cases(const std::string& name) {
  std::ifstream file(task_folder(name) + "/cases.jsonl");
  std::vector<nlohmann::json> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(nlohmann::json::parse(line));
  EXPECT_FALSE(cases.empty()) << name;
  return cases;
}

// max |a - b|, as a share of the largest expected value. NaN counts as infinitely wrong.
inline double relative_difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double most = 0, largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - expected[i]);
    most = std::isnan(difference) ? INFINITY : std::max(most, difference);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return most / largest;
}

}  // namespace linnet::tests
