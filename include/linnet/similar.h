// linnet/similar.h - which of many vectors are most similar to each of some: an exact search, no index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "linnet/status.h"

namespace linnet {

struct SimilarOptions {
  uint32_t top_k = 10;
  bool cosine = true;         // else the dot product as it is; a vector of zeros has cosine 0
  // Vector i of the candidates is query i: leaves it out. For neighbours within one set.
  bool exclude_self = false;
  uint64_t first_query = 0;   // the number of query 0, with exclude_self
  uint32_t num_threads = 1;
  std::string isa = {};       // as OpenOptions
};

struct Neighbour {
  uint64_t index = 0;         // of the candidate
  float score = 0;
};

// Candidates come block by block, so that only the queries have to fit in memory. One caller at a time.
// Scores and order do not depend on the blocks, the threads or the CPU.
class SimilarSearch {
 public:
  // queries [n, dimension], row-major, are copied. kInvalidArgument for a size that does not fit.
  static Result<SimilarSearch> create(std::span<const float> queries, size_t dimension,
                                      const SimilarOptions& options = {});
  SimilarSearch(SimilarSearch&&) noexcept;
  SimilarSearch& operator=(SimilarSearch&&) noexcept;
  ~SimilarSearch();

  // candidates [m, dimension], numbered on from those of the calls before. A score that is no number
  // (of a vector with NaN) is never among the best.
  Status add(std::span<const float> candidates);

  // The best first, of equal scores the lower index; fewer than top_k where there are fewer candidates.
  // REQUIRES: query is less than the number of queries.
  std::vector<Neighbour> neighbours(size_t query) const;

 private:
  struct Impl;
  explicit SimilarSearch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
