#include "engine/chunk_budget.h"

#include <algorithm>
#include <fstream>

namespace linnet::engine {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The number that `text` begins with; `rest` is what follows it. 0: there is none.
uint64_t leading_number(std::string_view text, std::string_view& rest) {
  uint64_t number = 0;
  size_t digits = 0;
  for (; digits < text.size() && digits < 12 && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    number = number * 10 + static_cast<uint64_t>(text[digits] - '0');
  }
  rest = text.substr(digits);
  return number;
}

// "1024K"
size_t parse_size(std::string_view text) {
  std::string_view unit;
  const uint64_t number = leading_number(text, unit);
  return static_cast<size_t>(unit.starts_with('K') ? number << 10 : unit.starts_with('M') ? number << 20 : number);
}

// How many CPUs "0-3,8,10-11" names.
uint32_t count_cpus(std::string_view list) {
  uint64_t count = 0;
  while (!list.empty()) {
    if (list.front() < '0' || list.front() > '9') return 0;
    const uint64_t first = leading_number(list, list);
    uint64_t last = first;
    if (list.starts_with('-')) last = leading_number(list.substr(1), list);
    if (last < first || last - first >= 4096) return 0;
    count += last - first + 1;
    if (!list.starts_with(',')) break;
    list.remove_prefix(1);
  }
  return static_cast<uint32_t>(count);
}

// What one of the workers, spread evenly over the CPUs, has of a cache.
size_t share(const Cache& cache, uint32_t cpus, uint32_t workers) {
  const uint32_t users = (std::min(workers, cpus) * cache.sharers + cpus - 1) / cpus;
  return cache.bytes / std::max(1u, users);
}

size_t weight_bytes(const ModelConfig& config) {
  const EncoderConfig& encoder = config.encoder;
  const size_t h = encoder.hidden_size, a = encoder.attention_size(), f = encoder.intermediate_size;
  size_t layer = 4 * a * a + encoder.bottleneck.feed_forwards * 2 * a * f;
  if (encoder.has_bottleneck()) layer += 2 * a * h;           // into it and out
  if (encoder.has_value_apart()) layer += 2 * a * h - a * a;  // queries' and keys' input, and values of h columns
  return encoder.num_layers * layer * (config.precision == Precision::kInt8 ? 1 : 4);
}

}  // namespace

Caches read_caches(const std::string& root) {
  const std::string folder = root + "/sys/devices/system/cpu";
  Caches caches;
  if (const uint32_t cpus = count_cpus(first_line(folder + "/online")); cpus > 0) caches.cpus = cpus;
  bool found = false;
  Cache l2, l3;
  for (int i = 0; i < 16; ++i) {
    const std::string index = folder + "/cpu0/cache/index" + std::to_string(i) + "/";
    const std::string level = first_line(index + "level");
    if (level.empty()) break;
    const Cache cache{parse_size(first_line(index + "size")),
                      std::max(1u, count_cpus(first_line(index + "shared_cpu_list")))};
    if (cache.bytes == 0 || first_line(index + "type") == "Instruction") continue;
    found = true;
    if (level == "2") l2 = cache;
    if (level == "3") l3 = cache;
  }
  if (!found) return caches;
  if (l2.bytes > 0) caches.l2 = l2;
  caches.l3 = l3;  // there are CPUs without
  return caches;
}

size_t chunk_budget(const ModelConfig& config, const Caches& caches, uint32_t workers) {
  // A token's rows of hidden, context, q, k and v, and in MobileBERT of inner: see Workspace.
  const EncoderConfig& encoder = config.encoder;
  const size_t activations =
      sizeof(float) * (2 * size_t{encoder.hidden_size} + 3 * encoder.attention_size() + encoder.bottleneck.size);
  const bool weights_stay = weight_bytes(config) <= caches.l3.bytes / 2;  // all workers read the same
  size_t room = 2 * share(caches.l2, caches.cpus, workers);
  if (!weights_stay) room = std::max(room, share(caches.l3, caches.cpus, workers) / 2);
  return std::clamp(room / activations, kLeastChunkTokens, kMostChunkTokens);
}

}  // namespace linnet::engine
