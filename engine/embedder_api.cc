// linnet/embedder.h over the pipeline.
#include <new>
#include <utility>

#include "base/failure.h"
#include "engine/crew.h"
#include "engine/embed_choices.h"
#include "engine/embedding_head.h"
#include "engine/model_impl.h"
#include "engine/pipeline.h"
#include "engine/profile.h"

namespace linnet {

namespace {

constexpr size_t kBytesOfAToken = 4;  // about, of English text

}  // namespace

struct Embedder::Impl {
  Impl(const Model& owner, const EmbedOptions& options, size_t length, const engine::EmbedChoices& choices)
      : model(owner),
        timed(engine::timed_kernels(*model.impl().kernels)),
        pipeline{.config = model.impl().image->config(),
                 .weights = model.impl().weights,
                 .kernels = options.profile ? timed : *model.impl().kernels,
                 .wordpiece = model.impl().tokenizer_impl->wordpiece,
                 .head = choices.head,
                 .prompt = choices.prompt,
                 .max_length = length,
                 .chunk_tokens = model.chunk_tokens(options.num_threads),
                 .profiled = options.profile ? model.impl().kernels : nullptr},
        crew(pipeline, options.num_threads, options.mode) {}

  Model model;  // keeps what pipeline refers to
  kernels::Kernels timed;
  engine::Pipeline pipeline;
  engine::Crew crew;
};

Result<Embedder> Embedder::create(const Model& model, const EmbedOptions& options) try {
  const ModelInfo& info = model.info();
  const size_t specials = model.impl().tokenizer_impl->wordpiece.num_special_tokens();
  const uint32_t max_length = options.max_length == 0 ? info.max_length : options.max_length;
  if (max_length < specials || max_length > info.max_positions) {
    return Status{Code::kInvalidArgument, "max_length " + std::to_string(max_length) +
                                              ", expected " + std::to_string(specials) + " to " +
                                              std::to_string(info.max_positions) +
                                              ", the positions this model has"};
  }
  if (Status s = engine::check_num_threads(options.num_threads); !s.ok()) return s;
  const auto choices = engine::embed_choices(model, options, max_length);
  if (!choices.ok()) return choices.status();
  return Embedder(std::make_unique<Impl>(model, options, max_length, choices.value()));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the workspaces of the threads");
}

Embedder::Embedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Embedder::Embedder(Embedder&&) noexcept = default;
Embedder& Embedder::operator=(Embedder&&) noexcept = default;
Embedder::~Embedder() = default;

size_t Embedder::dimension() const { return impl_->pipeline.head.dimension; }
size_t Embedder::max_length() const { return impl_->pipeline.max_length; }

Status Embedder::embed(std::span<const std::string_view> texts, std::span<float> vectors,
                       EmbedStats* stats) try {
  if (vectors.size() != texts.size() * dimension()) {
    return {Code::kInvalidArgument, "vectors has room for " + std::to_string(vectors.size()) +
                                        " numbers, expected " + std::to_string(texts.size()) +
                                        " x " + std::to_string(dimension())};
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t bytes = impl_->pipeline.prompt.size() + texts[i].size();
    const Status status = tokenizer::check_text_size(bytes, "has");
    if (!status.ok()) return {status.code, "text " + std::to_string(i) + " " + status.message};
  }
  const engine::Pipeline& pipeline = impl_->pipeline;
  size_t bytes = 0;
  for (const std::string_view text : texts) bytes += pipeline.prompt.size() + text.size();
  engine::EmbedJob job{.texts = texts, .vectors = vectors.data()};
  const engine::ChunkWork work{
      .fill = [&](engine::Worker& worker, size_t max_texts) {
        engine::fill_batch(pipeline, job, worker, max_texts);
      },
      .finish = [&](engine::Worker& worker, uint32_t) { engine::write_vectors(pipeline, job, worker); },
      .rows = engine::rows_read(pipeline.head)};
  const bool done = impl_->crew.run(texts.size(), bytes / kBytesOfAToken, work);
  for (uint32_t index = 0; index < impl_->crew.size(); ++index) {
    const EmbedStats counted = std::exchange(impl_->crew.worker(index).stats, {});
    if (stats == nullptr) continue;
    engine::add_stats(counted, *stats);
  }
  if (!done) return base::out_of_memory("not enough memory to embed these texts");
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to embed these texts");
}

}  // namespace linnet
