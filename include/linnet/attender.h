// linnet/attender.h - what a model looks at: the weights of its attention, by layer and head.
//
//   auto attender = linnet::Attender::create(model, {.layers = {5}});
//   std::vector<linnet::Attention> found;
//   linnet::Status status = attender.value().attend(texts, found);
//
// For people who want to see them: the weights are those that the encoder works with, to the last bit, written
// out one by one, which costs far more than embed() does. An int8 model rounds queries, keys and weights of texts of
// 40 tokens and more; shown are the weights without that rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "linnet/task.h"
#include "linnet/tokenizer.h"

namespace linnet {

struct AttendOptions {
  TaskOptions task = {};  // mode means nothing here: each thread has texts of its own
  std::vector<uint32_t> layers = {};  // from 0, each once; none: all
  std::vector<uint32_t> heads = {};   // of each of these layers, from 0; none: all
};

struct Attention {
  Encoding tokens;             // S of them, [CLS] and [SEP] too
  size_t layers = 0, heads = 0;
  // [layers][heads][S][S], in the order of AttendOptions: row i says how much token i takes from each token.
  // Rows sum to 1. outputs.attentions of transformers.
  std::vector<float> weights;

  // [S][S]
  std::span<const float> of(size_t layer, size_t head) const {
    const size_t size = tokens.ids.size() * tokens.ids.size();
    return std::span(weights).subspan((layer * heads + head) * size, size);
  }
};

// Of any model. One caller at a time, as task.h says.
class Attender {
 public:
  // A layer or head that the model does not have, or that is given twice, is kInvalidArgument.
  static Result<Attender> create(const Model& model, const AttendOptions& options = {});
  Attender(Attender&&) noexcept;
  Attender& operator=(Attender&&) noexcept;
  ~Attender();

  const std::vector<uint32_t>& layers() const;  // that are given, all where none were chosen
  const std::vector<uint32_t>& heads() const;

  // texts [n] -> found [n]. A text of more than max_length tokens is truncated. Adds to *stats when given.
  Status attend(std::span<const std::string_view> texts, std::vector<Attention>& found,
                EmbedStats* stats = nullptr);

 private:
  struct Impl;
  explicit Attender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet
