// linnet/layer_drift.h - layer by layer, how far one model's hidden states are from another's: where int8
// loses what it loses.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/model.h"
#include "linnet/status.h"

namespace linnet {

// Over the hidden states of all tokens so far, a the model's and b the reference's.
struct LayerDrift {
  double mean_cosine = 0, min_cosine = 1;  // of a token's a and b
  double relative_error = 0;               // ||a - b|| / ||b||, of all tokens together
};

// Both models live as long as it does. One caller at a time; add() works in the thread that calls it.
class LayerComparison {
 public:
  // Texts are truncated to max_length tokens; 0: the model's. Fails with kInvalidArgument where the models
  // have different tokenizers, sizes or numbers of layers.
  static Result<LayerComparison> create(const Model& model, const Model& reference,
                                        uint32_t max_length = 0);
  LayerComparison(LayerComparison&&) noexcept;
  LayerComparison& operator=(LayerComparison&&) noexcept;
  ~LayerComparison();

  Status add(std::span<const std::string_view> texts);

  std::vector<LayerDrift> layers() const;  // after the embeddings, and after each layer

 private:
  struct Impl;
  explicit LayerComparison(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
