// similar_pairs MODEL TEXTS [N]: the N most similar pairs of lines of a file, with their cosine.
//
// A whole program with Linnet as a library: open a model, embed texts, use the vectors.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "linnet/model.h"

namespace {

struct Pair {
  size_t a, b;
  float cosine;
};

int fail(const std::string& message) {
  std::fprintf(stderr, "similar_pairs: %s\n", message.c_str());
  return 1;
}

std::vector<Pair> all_pairs(const std::vector<float>& vectors, size_t n, size_t dimension) {
  std::vector<Pair> pairs;
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = a + 1; b < n; ++b) {
      const float* x = vectors.data() + a * dimension;
      const float* y = vectors.data() + b * dimension;
      pairs.push_back({a, b, std::inner_product(x, x + dimension, y, 0.0f)});
    }
  }
  return pairs;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) return fail("expected MODEL TEXTS [N]");
  const size_t wanted = argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 3;
  std::ifstream file(argv[2]);
  if (!file) return fail(std::string(argv[2]) + ": cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);

  const linnet::Result<linnet::Model> model = linnet::Model::open(argv[1]);
  if (!model.ok()) return fail(model.status().message);
  // Vectors of length 1: their dot product is their cosine.
  linnet::Result<linnet::Embedder> embedder =
      linnet::Embedder::create(model.value(), {.normalize = true});
  if (!embedder.ok()) return fail(embedder.status().message);
  const size_t dimension = embedder.value().dimension();
  const std::vector<std::string_view> texts(lines.begin(), lines.end());
  std::vector<float> vectors(texts.size() * dimension);
  const linnet::Status status = embedder.value().embed(texts, vectors);
  if (!status.ok()) return fail(status.message);

  std::vector<Pair> pairs = all_pairs(vectors, texts.size(), dimension);
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& x, const Pair& y) { return x.cosine > y.cosine; });
  pairs.resize(std::min(pairs.size(), wanted));
  for (const Pair& pair : pairs) {
    std::printf("%.4f  %s\n        %s\n", static_cast<double>(pair.cosine), lines[pair.a].c_str(),
                lines[pair.b].c_str());
  }
}
