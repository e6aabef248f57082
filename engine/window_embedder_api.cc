// linnet/window_embedder.h over the sequence runner.
#include "linnet/window_embedder.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/failure.h"
#include "engine/embed_choices.h"
#include "engine/sequence_runner.h"
#include "kernels/float_env.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

struct WindowEmbedder::Impl {
  WindowEmbedOptions options;
  engine::EmbeddingHead head;  // normalize: false, see `normalize`
  bool normalize = false;
  std::string prompt;
  std::unique_ptr<engine::SequenceRunner> runner;

  // The windows of one text, and what the encoder reads of each.
  Status prepare(std::string_view text, tokenizer::Scratch& scratch, std::vector<TextWindow>& windows,
                 std::vector<Sequence>& sequences, EmbedStats& stats) const;

  // found[i]: the windows of texts[i], their vectors not normalized.
  Status run(std::span<const std::string_view> texts, std::vector<WindowVectors>& found, EmbedStats* stats,
             TextProblems problems);
};

Result<WindowEmbedder> WindowEmbedder::create(const Model& model, const WindowEmbedOptions& options) try {
  const EmbedOptions& embed = options.embed;
  auto runner = engine::SequenceRunner::create(
      model, {.max_length = embed.max_length, .num_threads = embed.num_threads}, Task::kEmbed, 1);
  if (!runner.ok()) return runner.status();
  const auto head = engine::embed_choices(model, embed, runner.value()->format().max_length);
  if (!head.ok()) return head.status();
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->head = head.value().head;
  impl->normalize = std::exchange(impl->head.normalize, false);
  impl->prompt = head.value().prompt;
  impl->runner = std::move(runner.value());
  const size_t prompt_tokens = head.value().prompt_tokens == 0 ? 0 : head.value().prompt_tokens - 1;
  if (options.long_texts == LongText::kSplit) {
    const size_t room = impl->runner->room();
    Status s = engine::check_stride(options.stride, room - std::min(room, prompt_tokens),
                                    "the tokens of the text in a window");
    if (!s.ok()) return s;
  }
  return WindowEmbedder(std::move(impl));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for an embedder of windows");
}

WindowEmbedder::WindowEmbedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WindowEmbedder::WindowEmbedder(WindowEmbedder&&) noexcept = default;
WindowEmbedder& WindowEmbedder::operator=(WindowEmbedder&&) noexcept = default;
WindowEmbedder::~WindowEmbedder() = default;

size_t WindowEmbedder::dimension() const { return impl_->head.dimension; }

Status WindowEmbedder::Impl::prepare(std::string_view text, tokenizer::Scratch& scratch,
                                     std::vector<TextWindow>& windows, std::vector<Sequence>& sequences,
                                     EmbedStats& stats) const {
  const std::string prompted = prompt.empty() ? std::string() : prompt + std::string(text);
  Tokens tokens;
  Status status = runner->tokenize_alone(prompt.empty() ? text : prompted, options.long_texts, scratch,
                                         tokens, stats);
  if (!status.ok()) return status;
  // The prompt's tokens begin within it, one that goes on into the text included.
  const auto in_prompt = [&](const tokenizer::ByteSpan& span) { return span.begin < prompt.size(); };
  const size_t before =
      static_cast<size_t>(std::ranges::partition_point(tokens.spans, in_prompt) - tokens.spans.begin());
  // More than the prompt has alone, where the text goes on with its last word.
  if (before > runner->room()) {
    return {Code::kInvalidArgument, "the prompt before this text has " + std::to_string(before) +
                                        " tokens, expected at most " + std::to_string(runner->room())};
  }
  const size_t room = runner->room() - before;  // for the text
  if (tokens.size() - before > room) {
    status = engine::check_stride(options.stride, room, "the tokens of this text in a window");
    if (!status.ok()) return status;
  }
  for (const auto& [begin, end] :
       engine::token_windows(tokens.size() - before, room, options.stride)) {
    Sequence sequence = engine::single_sequence(runner->format(), tokens, before + begin, before + end);
    sequence.ids.insert(sequence.ids.begin() + 1, tokens.ids.begin(),
                        tokens.ids.begin() + static_cast<ptrdiff_t>(before));
    sequence.second_begin = static_cast<uint32_t>(sequence.ids.size());
    TextWindow window;
    window.tokens = static_cast<uint32_t>(end - begin);
    if (end > begin) {
      window.begin = tokens.spans[before + begin].begin - static_cast<uint32_t>(prompt.size());
      window.end = tokens.spans[before + end - 1].end - static_cast<uint32_t>(prompt.size());
    }
    windows.push_back(window);
    stats.tokens += sequence.size();
    sequences.push_back(std::move(sequence));
  }
  return {};
}

Status WindowEmbedder::Impl::run(std::span<const std::string_view> texts, std::vector<WindowVectors>& found,
                                 EmbedStats* stats, TextProblems problems) {
  std::vector<std::vector<Sequence>> parts(texts.size());
  std::vector<EmbedStats> counted(texts.size());
  std::vector<Status> prepared(texts.size());
  found.assign(texts.size(), {});
  Status status = runner->for_each(texts.size(), stats, [&](size_t i, tokenizer::Scratch& scratch) {
    prepared[i] = prepare(texts[i], scratch, found[i].windows, parts[i], counted[i]);
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(prepared, problems); !s.ok()) return s;

  std::vector<const Sequence*> sequences;
  std::vector<float*> places;  // [sequences] where the vector of each goes
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!prepared[i].ok()) continue;
    if (stats != nullptr) engine::add_stats(counted[i], *stats);
    found[i].vectors.resize(parts[i].size() * head.dimension);
    for (size_t w = 0; w < parts[i].size(); ++w) {
      sequences.push_back(&parts[i][w]);
      places.push_back(found[i].vectors.data() + w * head.dimension);
    }
  }
  return runner->run(sequences, [&](engine::Chunk& chunk) {
    const float* vectors = runner->pool(chunk, head);
    for (size_t i = 0; i < chunk.sequences.size(); ++i) {
      std::copy_n(vectors + i * chunk.workspace.pooled_stride, head.dimension, places[chunk.sequences[i]]);
    }
  }, engine::rows_read(head));
}

Status WindowEmbedder::embed_windows(std::span<const std::string_view> texts, std::vector<WindowVectors>& found,
                                     EmbedStats* stats, TextProblems problems) try {
  if (Status s = impl_->run(texts, found, stats, problems); !s.ok()) return s;
  const kernels::FloatEnv float_env;
  const size_t n = dimension();
  for (WindowVectors& text : found) {
    if (impl_->normalize) impl_->runner->kernels().l2_normalize(text.vectors.data(), n, text.windows.size(), n);
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to embed these texts");
}

Status WindowEmbedder::embed(std::span<const std::string_view> texts, std::span<float> vectors, EmbedStats* stats,
                             TextProblems problems) try {
  const size_t n = dimension();
  if (vectors.size() != texts.size() * n) {
    return {Code::kInvalidArgument, "vectors has room for " + std::to_string(vectors.size()) +
                                        " numbers, expected " + std::to_string(texts.size()) + " x " +
                                        std::to_string(n)};
  }
  std::vector<WindowVectors> found;
  if (Status s = impl_->run(texts, found, stats, problems); !s.ok()) return s;
  const kernels::FloatEnv float_env;
  for (size_t i = 0; i < texts.size(); ++i) {
    const WindowVectors& text = found[i];
    float* vector = vectors.data() + i * n;
    std::fill_n(vector, n, 0.0f);
    if (text.windows.size() == 1) std::copy_n(text.vectors.data(), n, vector);
    if (text.windows.size() > 1) {
      float weights = 0;
      for (size_t w = 0; w < text.windows.size(); ++w) {
        const auto weight = static_cast<float>(text.windows[w].tokens);
        weights += weight;
        for (size_t j = 0; j < n; ++j) vector[j] += weight * text.vectors[w * n + j];
      }
      for (size_t j = 0; j < n; ++j) vector[j] /= weights;
    }
    const bool computed = !text.windows.empty();
    if (computed && impl_->normalize) impl_->runner->kernels().l2_normalize(vector, n, 1, n);
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to embed these texts");
}

}  // namespace linnet
