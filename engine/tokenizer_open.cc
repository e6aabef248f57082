// linnet/tokenizer.h: where a tokenizer comes from, its vocabulary, and ids back to text.
#include <algorithm>
#include <filesystem>
#include <new>

#include "base/failure.h"
#include "base/mapped_file.h"
#include "engine/hf_modules.h"
#include "engine/model_impl.h"
#include "engine/open_image.h"
#include "kernels/split_runs.h"
#include "tokenizer/import.h"
#include "tokenizer/utf8.h"

namespace linnet {
namespace {

constexpr uint32_t kAnyVocabSize = 1u << 24;

// A folder of sentence-transformers may have its tokenizer in the folder of its first module.
std::string tokenizer_folder(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  if (base::exists(path + "/tokenizer.json") || base::exists(path + "/vocab.txt")) return path;
  if (!base::exists(path + "/modules.json")) return path;
  const auto modules = engine::read_hf_modules(path);
  return modules.ok() ? modules.value().transformer_folder : path;
}

}  // namespace

Result<Tokenizer> Tokenizer::open(const std::string& path) try {
  auto impl = std::make_shared<Impl>();
  std::span<const std::byte> tables;
  if (path.ends_with(".linnet") || engine::ModelImage::begins_at(path)) {
    auto image = engine::open_image(path);
    if (!image.ok()) return image.status();
    impl->image = std::make_shared<const engine::ModelImage>(std::move(image.value()));
    tables = impl->image->tokenizer_tables();
  } else {
    auto imported = tokenizer::import_tokenizer(tokenizer_folder(path), kAnyVocabSize);
    if (!imported.ok()) return imported.status();
    impl->tables = std::move(imported.value().tables);
    tables = impl->tables;
  }
  auto wordpiece = tokenizer::WordPiece::from_tables(tables, path);
  if (!wordpiece.ok()) return wordpiece.status();
  const auto isa = engine::choose_isa("");
  if (!isa.ok()) return isa.status();
  impl->wordpiece = std::move(wordpiece.value());
  impl->wordpiece.use(kernels::split_runs_for(isa.value()));
  impl->info = engine::describe_tokenizer(impl->wordpiece.info());
  return Tokenizer(std::move(impl));
} catch (const std::bad_alloc&) {
  return base::out_of_memory(path, ": not enough memory to open it");
}

std::string_view Tokenizer::token(int32_t id) const { return impl_->wordpiece.token(id); }
std::optional<int32_t> Tokenizer::id(std::string_view token) const {
  return impl_->wordpiece.id(token);
}
const TokenizerInfo& Tokenizer::info() const { return impl_->info; }

std::string Tokenizer::decode(std::span<const int32_t> ids, const DecodeOptions& options) const {
  std::string text;
  impl_->wordpiece.decode(ids, options.skip_special_tokens,
                          options.clean_up.value_or(impl_->wordpiece.decodes_cleanly()), text);
  return text;
}

void convert_offsets(std::string_view text, OffsetUnit unit, std::span<Encoding::Span> offsets) {
  if (unit == OffsetUnit::kByte) return;
  // Two walks, of begins and of ends: each mostly goes forward.
  struct Walk {
    uint32_t byte = 0, units = 0;
  };
  const auto convert = [&](Walk& walk, uint32_t& offset) {
    if (offset < walk.byte) walk = {};
    while (walk.byte < std::min<size_t>(offset, text.size())) {
      const tokenizer::Decoded decoded = tokenizer::decode_utf8(text.substr(walk.byte));
      if (walk.byte + decoded.size > offset) break;
      walk.byte += decoded.size;
      walk.units += unit == OffsetUnit::kUtf16 && decoded.scalar >= 0x10000 ? 2 : 1;
    }
    offset = walk.units;
  };
  Walk begins, ends;
  for (Encoding::Span& offset : offsets) {
    if (offset.end == 0) continue;
    convert(begins, offset.begin);
    convert(ends, offset.end);
  }
}

}  // namespace linnet
