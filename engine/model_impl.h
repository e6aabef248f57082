// engine/model_impl.h - what is behind the public handles Model and Tokenizer.
#pragma once

#include <memory>
#include <string>

#include "engine/encoder_weights.h"
#include "engine/model_image.h"
#include "kernels/kernels.h"
#include "linnet/model.h"
#include "linnet/tokenizer.h"
#include "tokenizer/wordpiece.h"

namespace linnet {

struct Tokenizer::Impl {
  std::shared_ptr<const engine::ModelImage> image;  // holds the tables that wordpiece reads
  tokenizer::WordPiece wordpiece;
  TokenizerInfo info;
  std::vector<std::byte> tables = {};  // instead of an image, of a tokenizer without a model
};

struct Model::Impl {
  std::shared_ptr<const engine::ModelImage> image;
  engine::EncoderWeights weights;  // views into image
  std::shared_ptr<engine::Backend> backend;  // which weights point to; null: the kernels multiply
  const kernels::Kernels* kernels;
  std::shared_ptr<const Tokenizer::Impl> tokenizer_impl;
  Tokenizer tokenizer;
  ModelInfo info;
};

namespace engine {

// The tier called `name`; empty: what LINNET_ISA says, else the best. Fails with kInvalidArgument
// for an unknown name, kUnsupported for a tier this CPU or build lacks.
Result<kernels::Isa> choose_isa(const std::string& name);

TokenizerInfo describe_tokenizer(const tokenizer::WordPieceInfo& info);
ModelInfo describe_model(const ModelImage& image, kernels::Isa isa);

}  // namespace engine
}  // namespace linnet
