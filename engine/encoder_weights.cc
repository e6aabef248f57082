#include "engine/encoder_weights.h"

#include <string>

#include "engine/position_bias.h"
#include "engine/strides.h"

namespace linnet::engine {
namespace {

// Looks tensors up by name and shape; keeps the first failure and then returns nulls.
class Binder {
 public:
  explicit Binder(const ModelImage& image) : image_(image) {}

  const float* find(const std::string& name, Layout layout, uint64_t rows, uint64_t cols) {
    const Tensor* tensor = find_tensor(name, layout, rows, cols);
    return tensor == nullptr ? nullptr : tensor->f32();
  }

  const Tensor* find_tensor(const std::string& name, Layout layout, uint64_t rows, uint64_t cols) {
    const Tensor* tensor = image_.find(name);
    if (tensor == nullptr) {
      fail(name + ": missing, expected " + shape(rows, cols));
      return nullptr;
    }
    if (tensor->layout != layout || tensor->rows != rows || tensor->cols != cols) {
      fail(name + ": found " + shape(tensor->rows, tensor->cols) + " in layout " +
           layout_name(tensor->layout) + ", expected " + shape(rows, cols) + " in layout " +
           layout_name(layout));
      return nullptr;
    }
    return tensor;
  }

  // A matrix of a layer, in the image's precision.
  Linear matrix(const std::string& name, size_t in, size_t out) {
    if (image_.config().precision == Precision::kFp32) return linear(name, in, out);
    Linear linear{.bias = find(name + ".bias", Layout::kVector, 1, out), .in = in, .out = out};
    const Tensor* values = find_tensor(name + ".weight", Layout::kPanelsS8, out, in);
    const Tensor* sums = find_tensor(name + ".column_sum", Layout::kVectorS32, 1, out);
    linear.balance = find(name + ".balance", Layout::kVector, 1, in);
    const float* scale = find(name + ".scale", Layout::kVector, 1, out);
    if (!status_.ok()) return linear;
    linear.int8 = {.values = values->s8(),
                   .panels = linear.panels(),
                   .k4 = round_up_4(in),
                   .scale = scale,
                   .column_sum = sums->s32(),
                   .bias = linear.bias};
    return linear;
  }

  Table table(const std::string& name, size_t rows, size_t cols) {
    if (image_.config().precision == Precision::kFp32) {
      return {.f32 = find(name, Layout::kRows, rows, cols)};
    }
    const Tensor* values = find_tensor(name, Layout::kRowsS8, rows, cols);
    const float* scale = find(name + ".scale", Layout::kVector, 1, rows);
    if (!status_.ok()) return {};
    return {.s8 = values->s8(), .scale = scale};
  }

  Linear linear(const std::string& name, size_t in, size_t out, bool bias = true) {
    return {.weight = find(name + ".weight", Layout::kPanels, out, in),
            .bias = bias ? find(name + ".bias", Layout::kVector, 1, out) : nullptr,
            .in = in,
            .out = out};
  }

  LayerNorm layer_norm(const std::string& name, size_t hidden_size) {
    return {.gamma = find(name + ".weight", Layout::kVector, 1, hidden_size),
            .beta = find(name + ".bias", Layout::kVector, 1, hidden_size)};
  }

  const Status& status() const { return status_; }

 private:
  static std::string shape(uint64_t rows, uint64_t cols) {
    return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
  }

  void fail(const std::string& what) {
    if (status_.ok()) status_ = {Code::kCorrupt, image_.path() + ": tensor " + what};
  }

  const ModelImage& image_;
  Status status_;
};

BottleneckWeights bind_bottleneck(const EncoderConfig& config, const std::string& layer, Binder& bind) {
  const size_t h = config.hidden_size, f = config.intermediate_size, b = config.bottleneck.size;
  const bool inside = config.bottleneck.attention_inside;
  BottleneckWeights weights = {.in = bind.matrix(layer + "bottleneck_in", h, inside ? b : 3 * b),
                               .in_norm = bind.layer_norm(layer + "bottleneck_in_norm", b),
                               .attention_norm = {},
                               .feed_forwards = {},
                               .out = bind.matrix(layer + "bottleneck_out", b, h),
                               .out_norm = bind.layer_norm(layer + "bottleneck_out_norm", h)};
  if (!inside) weights.attention_norm = bind.layer_norm(layer + "bottleneck_attention_norm", b);
  for (uint32_t i = 0; i + 1 < config.bottleneck.feed_forwards && bind.status().ok(); ++i) {
    const std::string ffn = layer + "ffn." + std::to_string(i) + ".";
    weights.feed_forwards.push_back({.up = bind.matrix(ffn + "up", b, f),
                                     .down = bind.matrix(ffn + "down", f, b),
                                     .norm = bind.layer_norm(ffn + "norm", b)});
  }
  return weights;
}

LayerWeights bind_layer(const EncoderConfig& config, const std::string& layer, Binder& bind) {
  const size_t h = config.attention_size(), f = config.intermediate_size;
  LayerWeights weights = {
      .qkv = bind.matrix(layer + "qkv", h, (config.has_value_apart() ? 2 : 3) * h),
      .attention_output = bind.matrix(layer + "attention_output", h, h),
      .attention_norm = bind.layer_norm(layer + "attention_norm", h),
      .ffn_up = bind.matrix(layer + "ffn_up", h, config.gated ? 2 * f : f),
      .ffn_down = bind.matrix(layer + "ffn_down", f, h),
      .output_norm = bind.layer_norm(layer + "output_norm", h),
  };
  if (config.has_bottleneck()) weights.bottleneck = bind_bottleneck(config, layer, bind);
  return weights;
}

void bind_head(const ModelConfig& config, Binder& bind, HeadWeights& weights) {
  const HeadConfig& head = config.head;
  if (head.task == Task::kEmbed) return;
  const size_t h = config.encoder.hidden_size, t = head.transform_size;
  if (t > 0) weights.transform = bind.linear("head.transform", h, t);
  if (head.norm) weights.norm = bind.layer_norm("head.norm", t);
  weights.output = bind.linear("head.output", t > 0 ? t : h, head.num_outputs);
}

}  // namespace

Result<EncoderWeights> bind_weights(const ModelImage& image) {
  const EncoderConfig& config = image.config().encoder;
  const size_t h = config.hidden_size, e = config.embedding_size;
  const size_t summed = config.has_bottleneck() ? h : e;  // MobileBERT projects words, the others their sum
  Binder bind(image);

  EncoderWeights weights;
  if (image.config().head.task == Task::kFill && image.find("embeddings.word") == nullptr) {
    weights.word.panels = bind.find("head.output.weight", Layout::kPanels, config.vocab_size, e);
  } else {
    weights.word = bind.table("embeddings.word", config.vocab_size, e);
  }
  if (config.has_position_table()) {
    weights.position = bind.table("embeddings.position", config.max_positions, summed);
  } else {
    weights.no_position.assign(summed, 0.0f);
    weights.position = {.f32 = weights.no_position.data()};
  }
  weights.token_type = bind.find("embeddings.token_type", Layout::kRows, config.type_vocab_size, summed);
  weights.norm = bind.layer_norm("embeddings.norm", summed);
  if (config.has_projection()) weights.project = bind.linear("embeddings.project", config.projected_size(), h);
  if (config.positions == Positions::kAlibi) {
    weights.position_bias = spread_alibi(config.num_heads, config.max_positions);
  } else if (config.positions == Positions::kRelative) {
    const float* bias = bind.find("attention.relative_bias", Layout::kRows, config.relative_buckets,
                                  config.num_heads);
    if (bias != nullptr) {
      weights.position_bias = spread_relative_bias(bias, config.num_heads, config.max_positions);
    }
  }
  for (uint32_t l = 0; l < config.num_layers && bind.status().ok(); ++l) {
    weights.layers.push_back(bind_layer(config, "layers." + std::to_string(l) + ".", bind));
  }
  bind_head(image.config(), bind, weights.head);
  size_t features = h;
  for (size_t i = 0; i < image.config().dense.size(); ++i) {
    const DenseConfig& dense = image.config().dense[i];
    const std::string name = "dense." + std::to_string(i);
    if (dense.in_features != features) {
      return Status{Code::kCorrupt, image.path() + ": " + name + " reads " +
                                        std::to_string(dense.in_features) + " features, expected " +
                                        std::to_string(features)};
    }
    weights.dense.push_back(bind.linear(name, features, dense.out_features, dense.bias));
    features = dense.out_features;
  }
  if (!bind.status().ok()) return bind.status();
  return weights;
}

}  // namespace linnet::engine
