// linnet/mask_filler.h over the sequence runner.
#include "linnet/mask_filler.h"

#include <algorithm>
#include <functional>
#include <new>
#include <numeric>

#include "base/failure.h"
#include "engine/sequence_runner.h"
#include "engine/wordpiece_text.h"

namespace linnet {

using engine::Sequence;
using engine::Tokens;

namespace {

constexpr size_t kFillRows = 16;  // of which each has the whole vocabulary's logits

}  // namespace

struct MaskFiller::Impl {
  FillOptions options;
  std::vector<int32_t> targets;  // empty: every token
  std::vector<std::string> notes;
  std::string mask_token, prefix;
  tokenizer::WordPieceInfo info;
  std::unique_ptr<engine::SequenceRunner> runner;

  // take(i, mask, logits): of each mask of sequence i.
  using Take = std::function<void(size_t, size_t, const float*)>;
  Status run(std::span<const Sequence> sequences, const Take& take);
  Status find_targets();
  Status prepare(std::string_view text, tokenizer::Scratch& scratch, Sequence& sequence,
                 EmbedStats& stats) const;
  std::vector<Filling> best(const Sequence& sequence, size_t mask, const float* logits) const;

  std::vector<size_t> masks(const Sequence& sequence) const {
    std::vector<size_t> at;
    for (size_t i = 0; i < sequence.size(); ++i) {
      if (sequence.ids[i] == info.mask_id) at.push_back(i);
    }
    return at;
  }
  bool is_special(int32_t id) const {
    return id == info.unk_id || id == info.cls_id || id == info.sep_id || id == info.pad_id ||
           id == info.mask_id;
  }
  std::string decode(std::span<const int32_t> ids, bool skip_special) const {
    std::vector<std::string> pieces;
    for (const int32_t id : ids) {
      if (id == info.pad_id || (skip_special && is_special(id))) continue;
      pieces.emplace_back(runner->wordpiece().token(id));
    }
    return engine::join_pieces(pieces, prefix);
  }
};

Result<MaskFiller> MaskFiller::create(const Model& model, const FillOptions& options) try {
  auto runner = engine::SequenceRunner::create(model, options.task, Task::kFill, kFillRows);
  if (!runner.ok()) return runner.status();
  const tokenizer::WordPieceInfo info = runner.value()->wordpiece().info();
  if (info.mask_id < 0) {
    return Status{Code::kUnsupported, model.info().path + ": the tokenizer has no mask token"};
  }
  if (options.top_k < 1) return Status{Code::kInvalidArgument, "top_k 0, expected at least 1"};
  std::string mask(runner.value()->wordpiece().token(info.mask_id));
  auto impl = std::unique_ptr<Impl>(new Impl{
      options, {}, {}, std::move(mask), info.continuing_prefix, info, std::move(runner.value())});
  if (Status s = impl->find_targets(); !s.ok()) return s;
  return MaskFiller(std::move(impl));
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory for the targets");
}

MaskFiller::MaskFiller(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MaskFiller::MaskFiller(MaskFiller&&) noexcept = default;
MaskFiller& MaskFiller::operator=(MaskFiller&&) noexcept = default;
MaskFiller::~MaskFiller() = default;

const std::string& MaskFiller::mask_token() const { return impl_->mask_token; }
const std::vector<std::string>& MaskFiller::notes() const { return impl_->notes; }

Status MaskFiller::Impl::find_targets() {
  tokenizer::Scratch scratch;
  for (const std::string& target : options.targets) {
    std::optional<int32_t> id = runner->wordpiece().id(target);
    if (!id) {
      Tokens tokens;
      Status s = engine::tokenize(runner->wordpiece(), target, 1, scratch, tokens);
      if (!s.ok()) return s;
      if (tokens.ids.empty()) {
        return {Code::kInvalidArgument, "the target \"" + target + "\" has no token"};
      }
      id = tokens.ids[0];
      notes.push_back("the target \"" + target + "\" is no token of this model; its first token, \"" +
                      std::string(runner->wordpiece().token(*id)) + "\", stands for it");
    }
    if (std::find(targets.begin(), targets.end(), *id) == targets.end()) targets.push_back(*id);
  }
  return {};
}

Status MaskFiller::Impl::prepare(std::string_view text, tokenizer::Scratch& scratch,
                                 Sequence& sequence, EmbedStats& stats) const {
  const engine::SequenceFormat& format = runner->format();
  Tokens tokens;
  Status s = runner->tokenize_alone(text, LongText::kTruncate, scratch, tokens, stats);
  if (!s.ok()) return s;
  Sequence made = engine::single_sequence(format, tokens, 0, tokens.size());
  if (masks(made).empty()) {
    return {Code::kInvalidArgument,
            "the text has no " + mask_token +
                (tokens.truncated ? " among its first " + std::to_string(format.max_length) + " tokens"
                                  : std::string())};
  }
  sequence = std::move(made);
  stats.tokens = sequence.size();
  return {};
}

Status MaskFiller::Impl::run(std::span<const Sequence> sequences, const Take& take) {
  std::vector<const Sequence*> all;
  std::vector<size_t> index;
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i].ids.empty()) continue;
    all.push_back(&sequences[i]);
    index.push_back(i);
  }
  return runner->run(all, [&](engine::Chunk& chunk) {
    std::vector<uint32_t> rows;
    std::vector<std::pair<size_t, size_t>> places;  // sequence, mask
    for (size_t text = 0; text < chunk.batch.num_texts(); ++text) {
      const size_t i = index[chunk.sequences[text]];
      const std::vector<size_t> at = masks(sequences[i]);
      for (size_t m = 0; m < at.size(); ++m) {
        rows.push_back(chunk.batch.row_begin[text] + static_cast<uint32_t>(at[m]));
        places.emplace_back(i, m);
      }
    }
    engine::head_logits(runner->config(), runner->head(), runner->kernels(), chunk.hidden,
                        chunk.stride, rows, chunk.head, [&](size_t row, const float* logits) {
                          take(places[row].first, places[row].second, logits);
                        });
  });
}

std::vector<Filling> MaskFiller::Impl::best(const Sequence& sequence, size_t mask,
                                            const float* logits) const {
  std::vector<float> scores(logits, logits + runner->config().head.num_outputs);
  engine::softmax(runner->kernels(), scores);
  std::vector<int32_t> ids = targets;
  if (ids.empty()) {
    ids.resize(scores.size());
    std::iota(ids.begin(), ids.end(), 0);
  }
  const auto likelier = [&](int32_t a, int32_t b) {
    const float x = scores[static_cast<size_t>(a)], y = scores[static_cast<size_t>(b)];
    return x != y ? x > y : a < b;
  };
  const size_t k = std::min<size_t>(options.top_k, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(k), ids.end(), likelier);
  const std::vector<size_t> at = masks(sequence);
  std::vector<int32_t> filled = sequence.ids;
  std::vector<Filling> fillings;
  for (size_t i = 0; i < k; ++i) {
    filled[at[mask]] = ids[i];
    fillings.push_back({ids[i], decode({&ids[i], 1}, false), scores[static_cast<size_t>(ids[i])],
                        decode(filled, at.size() == 1)});
  }
  return fillings;
}

Status MaskFiller::fill(std::span<const std::string_view> texts,
                        std::vector<std::vector<std::vector<Filling>>>& fillings, EmbedStats* stats,
                        TextProblems problems) try {
  const size_t n = texts.size();
  fillings.assign(n, {});
  std::vector<Sequence> sequences(n);
  std::vector<EmbedStats> counted(n);
  std::vector<Status> found(n);
  Status status = impl_->runner->for_each(n, stats, [&](size_t i, tokenizer::Scratch& scratch) {
    found[i] = impl_->prepare(texts[i], scratch, sequences[i], counted[i]);
    if (found[i].ok()) fillings[i].resize(impl_->masks(sequences[i]).size());
  });
  if (!status.ok()) return status;
  if (Status s = engine::keep_problems(found, problems); !s.ok()) return s;
  status = impl_->run(sequences, [&](size_t i, size_t mask, const float* logits) {
    fillings[i][mask] = impl_->best(sequences[i], mask, logits);
  });
  if (!status.ok()) return status;
  for (size_t i = 0; stats != nullptr && i < n; ++i) {
    if (found[i].ok()) engine::add_stats(counted[i], *stats);
  }
  return {};
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to fill these texts");
}

Status MaskFiller::logits(std::string_view text, std::vector<float>& logits) try {
  std::vector<Sequence> sequences(1);
  EmbedStats counted;
  tokenizer::Scratch scratch;
  if (Status s = impl_->prepare(text, scratch, sequences[0], counted); !s.ok()) return s;
  const size_t vocabulary = impl_->runner->config().head.num_outputs;
  logits.resize(impl_->masks(sequences[0]).size() * vocabulary);
  return impl_->run(sequences, [&](size_t, size_t mask, const float* row) {
    std::copy_n(row, vocabulary, logits.data() + mask * vocabulary);
  });
} catch (const std::bad_alloc&) {
  return base::out_of_memory("not enough memory to fill this text");
}

}  // namespace linnet
