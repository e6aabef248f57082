// linnet/window_embedder.h - vectors of texts that are longer than a model reads, window by window.
//
// A window is [CLS], the prompt's tokens, as many of the text's as fit, [SEP]; a text that fits has one, and
// the bits that Embedder gives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/task.h"

namespace linnet {

struct WindowEmbedOptions {
  EmbedOptions embed = {};                 // mode and profile mean nothing here
  LongText long_texts = LongText::kSplit;
  uint32_t stride = 0;                     // kSplit: tokens that two windows share
};

struct TextWindow {
  uint32_t begin = 0, end = 0;  // bytes of the text
  uint32_t tokens = 0;          // of the text
};

struct WindowVectors {
  std::vector<TextWindow> windows;  // one at least
  std::vector<float> vectors;       // [windows, dimension()]
};

// Of any model. One caller at a time, as task.h says.
class WindowEmbedder {
 public:
  static Result<WindowEmbedder> create(const Model& model, const WindowEmbedOptions& options = {});
  WindowEmbedder(WindowEmbedder&&) noexcept;
  WindowEmbedder& operator=(WindowEmbedder&&) noexcept;
  ~WindowEmbedder();

  size_t dimension() const;  // of one vector

  // found[i] becomes that of texts[i], each vector normalized where the options or the model say so. Adds to
  // *stats when given.
  Status embed_windows(std::span<const std::string_view> texts, std::vector<WindowVectors>& found,
                       EmbedStats* stats = nullptr, TextProblems problems = {});

  // texts [n] -> vectors [n, dimension()]: the mean of a text's windows before they are normalized, each
  // weighing as much as it has tokens of the text, and then normalized.
  Status embed(std::span<const std::string_view> texts, std::span<float> vectors,
               EmbedStats* stats = nullptr, TextProblems problems = {});

 private:
  struct Impl;
  explicit WindowEmbedder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
