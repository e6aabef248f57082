#include "engine/calibration.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <span>

#include "base/aligned_buffer.h"
#include "base/os_error.h"
#include "engine/encoder.h"
#include "engine/packed_batch.h"
#include "engine/sha256.h"
#include "tokenizer/wordpiece.h"

namespace linnet::engine {
namespace {

constexpr size_t kMostTokens = 8192;  // of all texts together; the last may exceed it

// Gathers the inputs of the matrices, block of rows after block of rows, until it has all rows of one.
struct Observer {
  struct Matrix {
    std::string name;
    base::AlignedBuffer<float> x;  // [rows, in]
    size_t rows = 0;               // seen so far
  };

  static void observe(void* context, const Linear& linear, const float* x, size_t ldx, size_t rows) {
    auto& self = *static_cast<Observer*>(context);
    const auto known = self.matrices.find(&linear);
    if (known == self.matrices.end()) return;
    Matrix& matrix = known->second;
    if (matrix.rows == 0) matrix.x = base::AlignedBuffer<float>(self.num_tokens * linear.in);
    float* to = matrix.x.data() + matrix.rows * linear.in;
    for (size_t row = 0; row < rows; ++row) std::copy_n(x + row * ldx, linear.in, to + row * linear.in);
    matrix.rows += rows;
    if (matrix.rows < self.num_tokens) return;
    self.see(matrix.name, {matrix.x.data(), matrix.x.size()});
    matrix.x = {};
  }

  const SeeInputs& see;
  size_t num_tokens;
  std::map<const Linear*, Matrix> matrices = {};
};

// A number that has no factor in common with n, so that its multiples modulo n are all of 0 .. n - 1; near the golden
// section of n, which spreads the first few of them, too.
size_t stride_through(size_t n) {
  auto stride = std::max(static_cast<size_t>(0.6180339887 * static_cast<double>(n)), size_t{1});
  while (std::gcd(stride, n) != 1) --stride;
  return stride;
}

// The texts that are seen, all of them where there is room.
PackedBatch gather(const CalibrationText& text, const tokenizer::WordPiece& wordpiece, uint32_t max_length) {
  PackedBatch batch(kMostTokens, max_length);
  tokenizer::Scratch scratch;
  const size_t n = text.texts.size(), stride = stride_through(n);
  for (size_t i = 0; i < n && batch.num_tokens() < kMostTokens; ++i) {
    const tokenizer::TokenBuffer out{.ids = batch.ids.data() + batch.num_tokens(), .capacity = max_length};
    batch.add_text(wordpiece.encode(text.texts[i * stride % n], {}, out, scratch).num_tokens);
  }
  return batch;
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r\v\f") == line.npos; }

// A pipe, too: --calibration <(zcat texts.gz).
Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::os_error(path, "cannot open", errno);
  std::string all;
  for (char part[65536]; file.read(part, sizeof part) || file.gcount() > 0;) {
    all.append(part, static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) return base::os_error(path, "cannot read", errno);
  return all;
}

// Of a file that is no text the weights would be calibrated all the same, and worse.
Status check_text(const std::string& path, std::string_view all) {
  for (const std::string_view compressed : {"\x1f\x8b", "\x28\xb5\x2f\xfd"}) {
    if (all.starts_with(compressed)) {
      return {Code::kCorrupt, path + ": is compressed, expected text: decompress it first, or give a pipe"};
    }
  }
  const size_t at = all.find('\0');
  if (at == all.npos) return {};
  return {Code::kCorrupt, path + ": holds a NUL byte at byte " + std::to_string(at) + ", expected text in UTF-8"};
}

}  // namespace

Result<CalibrationText> read_calibration(const std::string& path) {
  const Result<std::string> read = read_whole(path);
  if (!read.ok()) return read.status();
  const std::string_view all = read.value();
  if (Status s = check_text(path, all); !s.ok()) return s;
  CalibrationText text;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view line = all.substr(begin, end - begin);
    if (!blank(line)) text.texts.emplace_back(line);
    begin = end + 1;
  }
  if (text.texts.empty()) {
    return Status{Code::kCorrupt, path + ": holds no text to calibrate with, expected one text a line"};
  }
  const std::string name = std::filesystem::path(path).filename().string();
  text.source = name + ", SHA-256 " + sha256_hex({std::as_bytes(std::span(all))});
  return text;
}

Status see_inputs(const ModelImage& image, const CalibrationText& text, const kernels::Kernels& kernels,
                  const SeeInputs& see) {
  const auto weights = bind_weights(image);
  if (!weights.ok()) return weights.status();
  const auto wordpiece = tokenizer::WordPiece::from_tables(image.tokenizer_tables(), image.path());
  if (!wordpiece.ok()) return wordpiece.status();
  const ModelConfig& config = image.config();
  const PackedBatch batch = gather(text, wordpiece.value(), config.max_length);

  Observer observer{.see = see, .num_tokens = batch.num_tokens()};
  for (size_t l = 0; l < weights.value().layers.size(); ++l) {
    for_each_matrix(weights.value().layers[l], [&](const std::string& name, const Linear& linear) {
      observer.matrices[&linear].name = "layers." + std::to_string(l) + "." + name;
    });
  }
  Workspace workspace(config, batch.num_tokens(), batch.num_texts(), config.max_length);
  const EncoderObserver observing{.context = &observer, .input = Observer::observe};
  encoder_forward(config.encoder, weights.value(), kernels, batch, workspace, {.observer = &observing});
  return {};
}

}  // namespace linnet::engine
