// linnet/layer_drift.h over the encoder.
#include "linnet/layer_drift.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "base/failure.h"
#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "kernels/float_env.h"

namespace linnet {
namespace {

constexpr size_t kTokens = 256;  // that one forward pass takes, when the texts are shorter

struct Sums {
  double cosines = 0, least = 1, difference = 0, reference = 0;
  uint64_t tokens = 0;
};

// One token's hidden state [n]. NaN makes the sums NaN, and the least cosine.
void add_token(Sums& sums, const float* a, const float* b, size_t n) {
  double dot = 0, aa = 0, bb = 0, difference = 0;
  for (size_t j = 0; j < n; ++j) {
    const double x = a[j], y = b[j];
    dot += x * y;
    aa += x * x;
    bb += y * y;
    difference += (x - y) * (x - y);
  }
  const double cosine = aa == 0 && bb == 0 ? 1 : dot / std::sqrt(aa * bb);
  sums.cosines += cosine;
  if (!(cosine >= sums.least) && !std::isnan(sums.least)) sums.least = cosine;
  sums.difference += difference;
  sums.reference += bb;
  ++sums.tokens;
}

}  // namespace

struct LayerComparison::Impl {
  Impl(const Model& a, const Model& b, uint32_t max_length)
      : model(a),
        reference(b),
        hidden_size(a.info().hidden_size),
        length(max_length),
        batch(kTokens, length),
        model_workspace(a.impl().image->config(), kTokens + length, kTokens + length, length),
        reference_workspace(b.impl().image->config(), kTokens + length, kTokens + length, length),
        kept(a.info().num_layers + 1),
        sums(a.info().num_layers + 1) {}

  // First the reference's hidden states are kept, then the model's compared with them.
  static void keep(void* context, size_t layer, const float* hidden, size_t stride) {
    auto& self = *static_cast<Impl*>(context);
    const size_t h = self.hidden_size;
    self.kept[layer].resize(self.batch.num_tokens() * h);
    for (size_t row = 0; row < self.batch.num_tokens(); ++row) {
      std::copy_n(hidden + row * stride, h, self.kept[layer].data() + row * h);
    }
  }
  static void compare(void* context, size_t layer, const float* hidden, size_t stride) {
    auto& self = *static_cast<Impl*>(context);
    const size_t h = self.hidden_size;
    for (size_t row = 0; row < self.batch.num_tokens(); ++row) {
      add_token(self.sums[layer], hidden + row * stride, self.kept[layer].data() + row * h, h);
    }
  }

  using ObserveHidden = void (*)(void* context, size_t layer, const float* hidden, size_t stride);
  void forward(const Model::Impl& of, engine::Workspace& workspace, ObserveHidden observe) {
    const engine::EncoderObserver observer{.context = this, .hidden = observe};
    engine::encoder_forward(of.image->config().encoder, of.weights, *of.kernels, batch, workspace,
                            {.observer = &observer});
  }

  void run_batch() {
    if (batch.num_texts() == 0) return;
    forward(reference.impl(), reference_workspace, keep);
    forward(model.impl(), model_workspace, compare);
    batch.clear();
  }

  Model model, reference;
  size_t hidden_size, length;
  engine::PackedBatch batch;
  engine::Workspace model_workspace, reference_workspace;  // what is in one also says how attention is computed
  tokenizer::Scratch scratch;
  std::vector<std::vector<float>> kept;  // [layers + 1][T, h]
  std::vector<Sums> sums;                // [layers + 1]
};

Result<LayerComparison> LayerComparison::create(const Model& model, const Model& reference,
                                                uint32_t max_length) try {
  const ModelInfo &a = model.info(), &b = reference.info();
  if (a.num_layers != b.num_layers || a.hidden_size != b.hidden_size || a.family != b.family ||
      a.num_heads != b.num_heads || a.intermediate_size != b.intermediate_size || a.max_positions != b.max_positions ||
      model.tokenizer().info().fingerprint != reference.tokenizer().info().fingerprint) {
    return Status{Code::kInvalidArgument,
                  b.path + ": has other layers or another tokenizer than " + a.path +
                      ", expected the same model in another precision"};
  }
  const uint32_t length = max_length == 0 ? a.max_length : max_length;
  const size_t specials = model.impl().tokenizer_impl->wordpiece.num_special_tokens();
  if (length < specials || length > a.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(length) + ", expected " +
                                              std::to_string(specials) + " to " +
                                              std::to_string(a.max_positions) +
                                              ", the positions this model has"};
  }
  return LayerComparison(std::make_unique<Impl>(model, reference, length));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to compare the layers of ", model.info().path);
}

LayerComparison::LayerComparison(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LayerComparison::LayerComparison(LayerComparison&&) noexcept = default;
LayerComparison& LayerComparison::operator=(LayerComparison&&) noexcept = default;
LayerComparison::~LayerComparison() = default;

Status LayerComparison::add(std::span<const std::string_view> texts) try {
  const kernels::FloatEnv float_env;
  Impl& self = *impl_;
  for (const std::string_view text : texts) {
    if (Status s = tokenizer::check_text_size(text.size(), "a text has"); !s.ok()) return s;
    const tokenizer::TokenBuffer out{.ids = self.batch.ids.data() + self.batch.num_tokens(),
                                     .capacity = self.length};
    const auto encoded =
        self.model.impl().tokenizer_impl->wordpiece.encode(text, {}, out, self.scratch);
    self.batch.add_text(encoded.num_tokens);
    if (self.batch.num_tokens() >= kTokens) self.run_batch();
  }
  self.run_batch();
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to compare these texts");
}

std::vector<LayerDrift> LayerComparison::layers() const {
  std::vector<LayerDrift> drifts;
  for (const Sums& sums : impl_->sums) {
    LayerDrift& drift = drifts.emplace_back();
    if (sums.tokens == 0) continue;
    drift.mean_cosine = sums.cosines / static_cast<double>(sums.tokens);
    drift.min_cosine = sums.least;
    drift.relative_error = sums.reference == 0 ? 0 : std::sqrt(sums.difference / sums.reference);
  }
  return drifts;
}

}  // namespace linnet
