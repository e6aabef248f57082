// tools/window_embedder.h - the vectors of a window of records.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/embedder.h"
#include "tools/window.h"

namespace linnet::tools {

// Embeds a window's texts, the longest first: chunks of texts of about one length keep the workers
// equally busy, and no bit of a vector depends on the order.
class WindowEmbedder {
 public:
  explicit WindowEmbedder(Embedder embedder) : embedder_(std::move(embedder)) {}

  Status embed(const Window& window);

  // Row rows()[i] of vectors() [n, dimension] belongs to record i.
  std::span<const float> vectors() const { return vectors_; }
  std::span<const size_t> rows() const { return rows_; }
  std::span<const float> vector(size_t record) const {
    return vectors().subspan(rows_[record] * dimension(), dimension());
  }

  size_t dimension() const { return embedder_.dimension(); }
  const EmbedStats& stats() const { return stats_; }

 private:
  Embedder embedder_;
  std::vector<float> vectors_;
  std::vector<size_t> rows_, order_;
  std::vector<std::string_view> texts_;
  EmbedStats stats_;
};

}  // namespace linnet::tools
