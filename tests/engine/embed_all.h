// tests/engine/embed_all.h - texts of the tree, and their vectors in one call.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "linnet/embedder.h"

namespace linnet::tests {

inline std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The 100 texts of the tree, some short and in many scripts, and longer ones made of them, up to
// more than all-MiniLM-L6-v2's 256 tokens; an empty one, and bytes that are no UTF-8.
inline std::vector<std::string> various_texts() {
  std::vector<std::string> texts = read_lines(LINNET_SOURCE_DIR "/tests/golden/minilm/own_texts.txt");
#ifdef LINNET_SLOW_BUILD  // a third of them
  for (size_t i = 0; 3 * i < texts.size(); ++i) texts[i] = texts[3 * i];
  texts.resize((texts.size() + 2) / 3);
#endif
  const size_t own = texts.size();
  std::string longer;
  for (size_t i = 0; i < own; ++i) {
    longer += texts[i] + " ";
    if (i % 7 == 6) texts.push_back(std::exchange(longer, {}));
    if (i == own / 2) texts.push_back(longer + longer + longer + texts[i]);
  }
  texts.push_back("");
  texts.push_back("caf\xe9 \xff\xf0\x9f latin-1 and half an emoji");
  return texts;
}

inline Model open_model(const std::string& path, const std::string& isa = "") {
  Result<Model> model = Model::open(path, {.verify_tensors = true, .isa = isa});
  if (!model.ok()) throw std::runtime_error(model.status().message);
  return std::move(model.value());
}

// texts -> vectors [n, dimension], in calls of `batch` texts.
inline std::vector<float> embed_all(const Model& model, const std::vector<std::string>& texts,
                                    size_t batch, const EmbedOptions& options = {}) {
  Result<Embedder> embedder = Embedder::create(model, options);
  if (!embedder.ok()) throw std::runtime_error(embedder.status().message);
  const size_t dimension = embedder.value().dimension();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * dimension);
  for (size_t begin = 0; begin < texts.size(); begin += batch) {
    const size_t n = std::min(batch, texts.size() - begin);
    const Status status = embedder.value().embed(
        std::span(views).subspan(begin, n),
        std::span(vectors).subspan(begin * dimension, n * dimension));
    if (!status.ok()) throw std::runtime_error(status.message);
  }
  return vectors;
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace linnet::tests
