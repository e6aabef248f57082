// engine/chunk_budget.h - how many tokens a worker carries through the layers together.
//
// A chunk takes texts until it has that many. Fewer read the weights too often where these come from memory, more
// let the activations fall out of the caches:
//
//   a model that the third-level cache holds   as many as have twice the second level's size in activations
//   a larger one                               as many as have half the third level's, if that is more
//   never fewer than kLeastChunkTokens, never more than kMostChunkTokens
//
// (of each level a worker's share). Measured by bench/chunk_budget on one Zen 5 core with 1 MB and 32 MB, texts of
// 16 and of 160 tokens, tokens/s in percent of the best budget from 64 to 1024 (noise: 1):
//
//                              64   128   192   256   384   512  1024
//   MiniLM int8  (10.6 MB)   99.6  99.7   100  99.3  99.1  99.0  98.4     160:  99.8 to 98.7
//   MiniLM fp32  (42 MB)     94.6  96.6  98.7  99.6   100  99.0  99.5     160:  98.8 to 100
//   mpnet int8   (85 MB)     91.7  96.9  97.6  98.0  98.9   100  97.6     160:  98.5 to 100
//   mpnet fp32   (340 MB)    94.5  95.9  95.0  96.0   100  95.7  96.3     160:  99.2 to 100
//   large int8   (302 MB)    92.6  96.4  98.1  97.9   100  99.9  99.6     160:  98.5 to 100
//   large fp32   (1.2 GB)    95.3  97.8  99.0  99.2   100  99.6  99.7
//
// On a Zen 4 core with 1 MB and 32 MB what it chooses is within 2 % of the best for MiniLM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/config.h"

namespace linnet::engine {

constexpr size_t kLeastChunkTokens = 128, kMostChunkTokens = 384;

// One of the caches of the machine's first CPU.
struct Cache {
  size_t bytes = 0;      // 0: there is none
  uint32_t sharers = 1;  // CPUs that have it together
};

struct Caches {
  Cache l2 = {size_t{1} << 19, 1}, l3 = {size_t{8} << 20, 4};
  uint32_t cpus = 4;
};

// From ROOT/sys/devices/system/cpu; what is not to be read there is as in Caches{}.
Caches read_caches(const std::string& root);

// The budget of each of `workers`. No bit of a result depends on it.
size_t chunk_budget(const ModelConfig& config, const Caches& caches, uint32_t workers);

}  // namespace linnet::engine
