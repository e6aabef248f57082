#include "tools/window_embedder.h"

#include <algorithm>
#include <numeric>

namespace linnet::tools {

Status WindowEmbedder::embed(const Window& window) {
  const size_t n = window.texts.size();
  order_.resize(n);
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
    return window.texts[a].size() > window.texts[b].size();
  });
  texts_.resize(n);
  rows_.resize(n);
  for (size_t row = 0; row < n; ++row) {
    texts_[row] = window.texts[order_[row]];
    rows_[order_[row]] = row;
  }
  vectors_.resize(n * dimension());
  return embedder_.embed(texts_, vectors_, &stats_);
}

}  // namespace linnet::tools
