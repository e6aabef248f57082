// linnet/attender.h over the encoder, one text at a time on each worker.
#include "linnet/attender.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <optional>

#include "base/failure.h"
#include "engine/attention.h"
#include "engine/encoder.h"
#include "engine/model_impl.h"
#include "engine/pieces.h"
#include "engine/threads.h"

namespace linnet {

namespace {

struct Place {
  Place(const engine::ModelConfig& config, size_t max_length)
      : batch(0, max_length), ws(config, max_length, 1, max_length) {}

  engine::PackedBatch batch;  // of one text
  engine::Workspace ws;
};

// Copies the weights of a text while it goes through the encoder.
struct Recorder {
  const Model::Impl& model;
  const std::vector<uint32_t>& layers;
  const std::vector<uint32_t>& heads;
  Place& place;
  Attention& out;

  static void see(void* context, size_t layer) {
    const Recorder& self = *static_cast<Recorder*>(context);
    const auto found = std::find(self.layers.begin(), self.layers.end(), layer);
    if (found == self.layers.end()) return;
    const size_t size = self.out.tokens.ids.size() * self.out.tokens.ids.size();
    float* weights = self.out.weights.data() +
                     static_cast<size_t>(found - self.layers.begin()) * self.heads.size() * size;
    for (const uint32_t head : self.heads) {
      engine::attention_weights(self.model.image->config().encoder, *self.model.kernels, self.place.batch,
                                self.model.weights.position_bias, self.place.ws, 0, head, weights);
      weights += size;
    }
  }
};

// The chosen ones, or 0 .. n - 1 where none are.
Result<std::vector<uint32_t>> chosen(const char* what, const std::vector<uint32_t>& given, uint32_t n) {
  std::vector<uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  if (given.empty()) return all;
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] >= n) {
      return Status{Code::kInvalidArgument, std::string(what) + " " + std::to_string(given[i]) +
                                                ", expected 0 to " + std::to_string(n - 1)};
    }
    if (std::count(given.begin(), given.end(), given[i]) > 1) {
      return Status{Code::kInvalidArgument,
                    std::string(what) + " " + std::to_string(given[i]) + " is given twice"};
    }
  }
  return given;
}

}  // namespace

struct Attender::Impl {
  Impl(const Model& owner, const TaskOptions& options, std::vector<uint32_t> l, std::vector<uint32_t> h,
       uint32_t length)
      : model(owner),
        layers(std::move(l)),
        heads(std::move(h)),
        max_length(length),
        threads(options.num_threads),
        places(options.num_threads) {}

  // Of a text whose tokens are there.
  void weigh(Place& place, Attention& out) const;

  Model model;
  std::vector<uint32_t> layers, heads;
  uint32_t max_length;
  engine::Threads threads;
  std::vector<std::optional<Place>> places;  // of the workers, made when they are first needed
};

Result<Attender> Attender::create(const Model& model, const AttendOptions& options) try {
  const ModelInfo& info = model.info();
  auto layers = chosen("layer", options.layers, info.num_layers);
  if (!layers.ok()) return layers.status();
  auto heads = chosen("head", options.heads, info.num_heads);
  if (!heads.ok()) return heads.status();
  const uint32_t length = options.task.max_length == 0 ? info.max_length : options.task.max_length;
  const uint32_t least = model.tokenizer().info().num_special_tokens;
  if (length < least || length > info.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(length) + ", expected " +
                                              std::to_string(least) + " to " +
                                              std::to_string(info.max_positions) +
                                              ", the positions this model has"};
  }
  if (Status s = engine::check_num_threads(options.task.num_threads); !s.ok()) return s;
  return Attender(std::make_unique<Impl>(model, options.task, std::move(layers.value()),
                                         std::move(heads.value()), length));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to look at the attention");
}

Attender::Attender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Attender::Attender(Attender&&) noexcept = default;
Attender& Attender::operator=(Attender&&) noexcept = default;
Attender::~Attender() = default;

const std::vector<uint32_t>& Attender::layers() const { return impl_->layers; }
const std::vector<uint32_t>& Attender::heads() const { return impl_->heads; }

void Attender::Impl::weigh(Place& place, Attention& out) const {
  const engine::ModelConfig& config = model.impl().image->config();
  const size_t tokens = out.tokens.ids.size();
  out.layers = layers.size();
  out.heads = heads.size();
  out.weights.resize(layers.size() * heads.size() * tokens * tokens);
  place.batch.clear();
  std::copy(out.tokens.ids.begin(), out.tokens.ids.end(), place.batch.ids.begin());
  place.batch.add_text(tokens);
  Recorder recorder{model.impl(), layers, heads, place, out};
  const engine::EncoderObserver observer{.context = &recorder, .queries_and_keys = Recorder::see};
  engine::encoder_forward(config.encoder, model.impl().weights, *model.impl().kernels, place.batch, place.ws,
                          {.observer = &observer});
}

Status Attender::attend(std::span<const std::string_view> texts, std::vector<Attention>& found,
                        EmbedStats* stats) try {
  found.resize(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    Encoding& tokens = found[i].tokens;
    const Status status = impl_->model.tokenizer().encode(texts[i], {.max_length = impl_->max_length}, tokens);
    if (!status.ok()) return {status.code, "text " + std::to_string(i) + ": " + status.message};
    if (stats == nullptr) continue;
    stats->texts += 1;
    stats->tokens += tokens.ids.size();
    stats->truncated += tokens.truncated ? 1 : 0;
    stats->repaired += tokens.num_repaired;
  }
  engine::run_pieces(impl_->threads, 0, texts.size(), [&](size_t i, uint32_t worker) {
    std::optional<Place>& place = impl_->places[worker];
    if (!place) place.emplace(impl_->model.impl().image->config(), impl_->max_length);
    impl_->weigh(*place, found[i]);
  });
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the attention of these texts");
}

}  // namespace linnet
