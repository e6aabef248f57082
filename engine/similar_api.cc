// linnet/similar.h: products of blocks of queries with blocks of candidates, and a heap for each query.
#include "linnet/similar.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <new>

#include "base/aligned_buffer.h"
#include "base/failure.h"
#include "engine/model_impl.h"
#include "engine/threads.h"
#include "engine/workspace.h"
#include "kernels/float_env.h"

namespace linnet {
namespace {

// Candidates packed for one round of products (400 KB for 384 dimensions stay in the L2 cache), and query
// rows against them at a time.
constexpr size_t kCandidates = 256, kQueries = 60;

// Whether a comes before b: with it as order, the worst neighbour is on top of a heap.
bool better(const Neighbour& a, const Neighbour& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

}  // namespace

struct SimilarSearch::Impl {
  Impl(std::span<const float> vectors, size_t dim, const SimilarOptions& chosen,
       const kernels::Kernels& table)
      : options(chosen),
        kernels(table),
        dimension(dim),
        stride(engine::padded_stride(dim)),
        num_queries(vectors.size() / dim),
        queries(num_queries * stride),
        panels(kCandidates * dim),
        threads(chosen.num_threads),
        scores(chosen.num_threads),
        best(num_queries) {
    const kernels::FloatEnv float_env;
    for (size_t i = 0; i < num_queries; ++i) {
      std::copy_n(vectors.data() + i * dim, dim, queries.data() + i * stride);
    }
    if (options.cosine) kernels.l2_normalize(queries.data(), stride, num_queries, dim);
    for (auto& buffer : scores) buffer = base::AlignedBuffer<float>(kQueries * score_stride);
  }

  // candidates [count <= kCandidates, dimension] into panels of 16, zeros behind the last.
  void pack(const float* candidates, size_t count) {
    std::vector<float> row(dimension);
    for (size_t i = 0; i < (count + 15) / 16 * 16; ++i) {
      std::fill(row.begin(), row.end(), 0.0f);
      if (i < count) {
        std::copy_n(candidates + i * dimension, dimension, row.begin());
        if (options.cosine) kernels.l2_normalize(row.data(), dimension, 1, dimension);
      }
      float* to = panels.data() + i / 16 * 16 * dimension + i % 16;
      for (size_t k = 0; k < dimension; ++k) to[k * 16] = row[k];
    }
  }

  void keep(size_t query, const float* row, size_t count) {
    std::vector<Neighbour>& heap = best[query];
    float least = heap.size() < options.top_k ? -__builtin_inff() : heap.front().score;
    for (size_t i = 0; i < count; ++i) {
      // Later candidates have higher numbers: of equal scores the one that is there stays.
      if (!(row[i] > least) && !(heap.size() < options.top_k && row[i] == row[i])) continue;
      const uint64_t index = num_candidates + i;
      if (options.exclude_self && index == options.first_query + query) continue;
      heap.push_back({index, row[i]});
      std::push_heap(heap.begin(), heap.end(), better);
      if (heap.size() > options.top_k) {
        std::pop_heap(heap.begin(), heap.end(), better);
        heap.pop_back();
      }
      if (heap.size() == options.top_k) least = heap.front().score;
    }
  }

  void search_block(size_t count, std::atomic<size_t>& next, uint32_t worker) {
    const kernels::FloatEnv float_env;
    float* out = scores[worker].data();
    for (size_t begin; (begin = next.fetch_add(kQueries)) < num_queries;) {
      const size_t rows = std::min(kQueries, num_queries - begin);
      kernels.gemm_f32(queries.data() + begin * stride, stride, rows, panels.data(),
                       (count + 15) / 16, dimension, out, score_stride);
      for (size_t i = 0; i < rows; ++i) keep(begin + i, out + i * score_stride, count);
    }
  }

  static constexpr size_t score_stride = engine::padded_stride(kCandidates);
  SimilarOptions options;
  const kernels::Kernels& kernels;
  size_t dimension, stride, num_queries;
  base::AlignedBuffer<float> queries;  // [num_queries, dimension]
  base::AlignedBuffer<float> panels;   // [kCandidates / 16][dimension][16]
  engine::Threads threads;
  std::vector<base::AlignedBuffer<float>> scores;  // of each worker [kQueries, kCandidates]
  std::vector<std::vector<Neighbour>> best;        // [num_queries], heaps
  uint64_t num_candidates = 0;
};

Result<SimilarSearch> SimilarSearch::create(std::span<const float> queries, size_t dimension,
                                            const SimilarOptions& options) try {
  if (dimension == 0 || queries.size() % dimension != 0) {
    return Status{Code::kInvalidArgument, std::to_string(queries.size()) +
                                              " numbers, expected vectors of " +
                                              std::to_string(dimension) + " numbers"};
  }
  if (options.top_k < 1) return Status{Code::kInvalidArgument, "top_k 0, expected at least 1"};
  if (Status s = engine::check_num_threads(options.num_threads); !s.ok()) return s;
  const auto isa = engine::choose_isa(options.isa);
  if (!isa.ok()) return isa.status();
  return SimilarSearch(std::make_unique<Impl>(queries, dimension, options,
                                              kernels::kernels_for(isa.value())));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the queries");
}

SimilarSearch::SimilarSearch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SimilarSearch::SimilarSearch(SimilarSearch&&) noexcept = default;
SimilarSearch& SimilarSearch::operator=(SimilarSearch&&) noexcept = default;
SimilarSearch::~SimilarSearch() = default;

Status SimilarSearch::add(std::span<const float> candidates) try {
  Impl& impl = *impl_;
  if (candidates.size() % impl.dimension != 0) {
    return {Code::kInvalidArgument, std::to_string(candidates.size()) +
                                        " numbers, expected vectors of " +
                                        std::to_string(impl.dimension) + " numbers"};
  }
  const kernels::FloatEnv float_env;
  const size_t total = candidates.size() / impl.dimension;
  std::atomic<bool> enough_memory{true};
  for (size_t begin = 0; begin < total; begin += kCandidates) {
    const size_t count = std::min(kCandidates, total - begin);
    impl.pack(candidates.data() + begin * impl.dimension, count);
    std::atomic<size_t> next{0};
    impl.threads.run([&](uint32_t worker) {
      try {
        impl.search_block(count, next, worker);
      } catch (const std::bad_alloc&) {
        enough_memory = false;
      }
    });
    if (!enough_memory) return base::out_of_memory("not enough memory for the neighbours");
    impl.num_candidates += count;
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the candidates");
}

std::vector<Neighbour> SimilarSearch::neighbours(size_t query) const {
  assert(query < impl_->num_queries);
  std::vector<Neighbour> sorted = impl_->best[query];
  std::sort_heap(sorted.begin(), sorted.end(), better);
  return sorted;
}

}  // namespace linnet
