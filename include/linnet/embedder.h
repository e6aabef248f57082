// linnet/embedder.h - texts in, vectors out.
//
//   auto model = linnet::Model::open("all-MiniLM-L6-v2.linnet");
//   auto embedder = linnet::Embedder::create(model.value());
//   std::vector<float> vectors(texts.size() * embedder.value().dimension());
//   linnet::Status status = embedder.value().embed(texts, vectors);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "linnet/model.h"
#include "linnet/profile.h"
#include "linnet/status.h"

namespace linnet {

// How embed() uses its threads. No bit of a vector depends on it.
enum class Mode {
  kAuto,        // by the work at hand
  kThroughput,  // each thread has texts of its own
  kLatency,     // all threads carry each text together
};

struct EmbedOptions {
  std::optional<Pooling> pooling = {};  // else the model's
  std::optional<bool> normalize = {};   // else the model's
  // Numbers of a vector, its first ones, cut before it is normalized: for models trained to be cut
  // (Matryoshka). 0: all. More than the model's is an error.
  uint32_t dimension = 0;
  // Written before each text; "": nothing is. Else the model's prompt of this name, else its default one.
  std::optional<std::string> prompt = {};
  std::optional<std::string> prompt_name = {};
  uint32_t max_length = 0;              // tokens; 0: the model's. More than its positions is an error
  uint32_t num_threads = 1;             // workers, each with a workspace of its own
  Mode mode = Mode::kAuto;
  bool profile = false;                 // fill in EmbedStats::profile; slows short texts by some percent
};

struct EmbedStats {
  uint64_t texts = 0, tokens = 0;
  uint64_t truncated = 0;           // texts longer than max_length
  uint64_t repaired = 0;            // invalid UTF-8 sequences read as U+FFFD
  double tokenize_seconds = 0;      // of all workers together, also of those that wait for one who tokenizes alone
  Profile profile;                  // all 0 unless EmbedOptions::profile
};

// Holds the workers and their memory, sized once: embed() allocates nothing that grows with its texts, but for a copy
// of a text behind a prompt, and some 20 bytes for each of its bytes where the normalizer is no BertNormalizer or added
// tokens are looked for in normalized text. One caller at a time uses an Embedder; make one for each caller, they share
// the model. A process made by fork() makes its own; where its parent has used several threads it can use several only
// in a build with LINNET_THREADS=pool, since libgomp's do not survive fork().
class Embedder {
 public:
  static Result<Embedder> create(const Model& model, const EmbedOptions& options = {});
  Embedder(Embedder&&) noexcept;
  Embedder& operator=(Embedder&&) noexcept;
  ~Embedder();

  size_t dimension() const;  // of one vector
  size_t max_length() const;

  // texts [n] -> vectors [n, dimension()], row i for text i. A row's bits depend on its text alone:
  // not on the batch, its order, the threads or the CPU. Adds to *stats when given. Fails with kInvalidArgument, before
  // anything is embedded, where `vectors` has not n * dimension() numbers or a text and its prompt have more than
  // 2^32 - 1 bytes; and with kOutOfMemory.
  Status embed(std::span<const std::string_view> texts, std::span<float> vectors,
               EmbedStats* stats = nullptr);

 private:
  struct Impl;
  explicit Embedder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
