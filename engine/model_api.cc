// linnet/model.h and linnet/tokenizer.h over the engine.
#include <algorithm>
#include <chrono>
#include <new>

#include "base/failure.h"
#include "engine/chunk_budget.h"
#include "engine/model_impl.h"
#include "engine/open_image.h"
#include "engine/quantize_image.h"
#include "engine/threads.h"
#include "kernels/float_env.h"
#include "kernels/split_runs.h"

namespace linnet {
namespace {

// Numbers of a hostile file that no checksum rules out and that the kernels rely on.
Status check_limits(const engine::ModelImage& image, const tokenizer::WordPiece& wordpiece) {
  const engine::ModelConfig& config = image.config();
  const auto fail = [&](const std::string& what) {
    return Status{Code::kCorrupt, image.path() + ": " + what};
  };
  const uint32_t vocab = wordpiece.info().vocab_size;
  if (vocab > config.encoder.vocab_size) {
    return fail("the tokenizer has " + std::to_string(vocab) + " ids, the word embeddings only " +
                std::to_string(config.encoder.vocab_size) + " rows");
  }
  if (wordpiece.num_special_tokens() < 1) {
    return fail("the tokenizer adds no special tokens, expected [CLS] and [SEP]");
  }
  if (config.max_length < wordpiece.num_special_tokens() ||
      config.max_length > config.encoder.max_positions) {
    return fail("max_length is " + std::to_string(config.max_length) + ", expected " +
                std::to_string(wordpiece.num_special_tokens()) + " to " +
                std::to_string(config.encoder.max_positions));
  }
  return {};
}

Result<std::shared_ptr<const Tokenizer::Impl>> open_tokenizer(
    std::shared_ptr<const engine::ModelImage> image, kernels::Isa isa) {
  auto wordpiece = tokenizer::WordPiece::from_tables(image->tokenizer_tables(), image->path());
  if (!wordpiece.ok()) return wordpiece.status();
  wordpiece.value().use(kernels::split_runs_for(isa));
  TokenizerInfo info = engine::describe_tokenizer(wordpiece.value().info());
  return std::shared_ptr<const Tokenizer::Impl>(
      new Tokenizer::Impl{std::move(image), std::move(wordpiece.value()), std::move(info)});
}

// A model of a checked image.
Result<Model::Impl> assemble(engine::ModelImage opened, kernels::Isa isa) {
  const auto image = std::make_shared<const engine::ModelImage>(std::move(opened));
  auto weights = engine::bind_weights(*image);
  if (!weights.ok()) return weights.status();
  auto tokenizer_impl = open_tokenizer(image, isa);
  if (!tokenizer_impl.ok()) return tokenizer_impl.status();
  if (Status status = check_limits(*image, tokenizer_impl.value()->wordpiece); !status.ok()) {
    return status;
  }
  return Model::Impl{.image = image,
                     .weights = std::move(weights.value()),
                     .backend = nullptr,
                     .kernels = &kernels::kernels_for(isa),
                     .tokenizer_impl = tokenizer_impl.value(),
                     .tokenizer = Tokenizer(tokenizer_impl.value()),
                     .info = engine::describe_model(*image, isa)};
}

}  // namespace

Result<Model> Model::open(const std::string& path, const OpenOptions& options) try {
  const kernels::FloatEnv float_env;  // a folder's numbers are read as any caller would read them
  const Result<kernels::Isa> isa = engine::choose_isa(options.isa);
  if (!isa.ok()) return isa.status();
  const auto backend = engine::choose_backend(options.backend);
  if (!backend.ok()) return backend.status();
  const uint32_t num_threads = std::max(options.num_threads, 1u);
  if (Status s = engine::check_num_threads(num_threads); !s.ok()) return s;

  auto opened = engine::open_image(path);
  if (!opened.ok()) return opened.status();
  if (options.verify_tensors) {
    if (Status status = opened.value().verify_tensors(); !status.ok()) return status;
  }
  auto model = assemble(std::move(opened.value()), isa.value());
  if (!model.ok()) return model.status();
  const Precision stored = model.value().image->config().precision;
  const Precision wanted = options.precision.value_or(stored);
  const auto finish = [&](Impl impl) {
    if (backend.value() != nullptr) {
      engine::use_backend(*backend.value(), impl.weights);
      impl.backend = backend.value();
      impl.info.backend = backend.value()->name();
    }
    return Model(std::make_shared<const Impl>(std::move(impl)));
  };
  if (wanted == stored) return finish(std::move(model.value()));
  if (stored == Precision::kInt8) {
    return Status{Code::kInvalidArgument,
                  path + ": holds int8 weights, of which fp32 ones cannot be made; import the model in fp32"};
  }
  const auto start = std::chrono::steady_clock::now();
  auto quantized = engine::quantize_image(*model.value().image, engine::built_in_calibration(),
                                          *model.value().kernels, num_threads);
  if (!quantized.ok()) return quantized.status();
  auto image = engine::ModelImage::adopt(std::move(quantized.value()), path);
  if (!image.ok()) return image.status();
  auto int8 = assemble(std::move(image.value()), isa.value());
  if (!int8.ok()) return int8.status();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  int8.value().info.quantize_seconds = seconds.count();
  return finish(std::move(int8.value()));
} catch (const std::bad_alloc&) {
  return base::out_of_memory(path, ": not enough memory to open it");
}

const ModelInfo& Model::info() const { return impl_->info; }
const Tokenizer& Model::tokenizer() const { return impl_->tokenizer; }

size_t Model::chunk_tokens(uint32_t num_threads) const {
  static const engine::Caches caches = engine::read_caches("");
  return engine::chunk_budget(impl_->image->config(), caches, std::max(num_threads, 1u));
}

const char* version() { return LINNET_VERSION; }

}  // namespace linnet
