#include "engine/quantize_image.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>

#include "engine/image_writer.h"
#include "engine/metadata.h"
#include "engine/quantize_weights.h"
#include "engine/threads.h"
#include "kernels/float_env.h"

namespace linnet::engine {
namespace {

// A matrix of a layer: "layers.0.qkv.weight".
bool is_matrix(const Tensor& tensor) {
  return tensor.layout == Layout::kPanels && tensor.name.starts_with("layers.") && tensor.name.ends_with(".weight");
}

// What comes before ".weight".
std::string_view stem_of(const Tensor& matrix) { return matrix.name.substr(0, matrix.name.rfind('.')); }

bool is_table(const Tensor& tensor) {
  return tensor.name == "embeddings.word" || tensor.name == "embeddings.position";
}

// A tensor of the fp32 image and where its parts go in the int8 one.
struct Conversion {
  const Tensor* source;
  size_t first_target;            // .weight, .scale, .column_sum, .balance; or table, table.scale
  std::vector<float> t = {};      // of a matrix: the factors of its columns
};

struct Plan {
  std::vector<TensorSpec> targets;
  std::vector<Conversion> conversions;
};

Result<Plan> plan_conversions(const ModelImage& image) {
  std::vector<const Tensor*> tensors;  // in the order of the file, which is the order of use
  for (const Tensor& tensor : image.tensors()) tensors.push_back(&tensor);
  std::sort(tensors.begin(), tensors.end(),
            [](const Tensor* a, const Tensor* b) { return a->bytes.data() < b->bytes.data(); });
  Plan plan;
  for (const Tensor* tensor : tensors) {
    const std::string name(tensor->name);
    plan.conversions.push_back({.source = tensor, .first_target = plan.targets.size()});
    if (is_matrix(*tensor)) {
      if (tensor->cols > kMostInputsS8) {
        return Status{Code::kUnsupported, image.path() + ": tensor " + name + " has " +
                                              std::to_string(tensor->cols) +
                                              " inputs, int8 takes at most " +
                                              std::to_string(kMostInputsS8)};
      }
      const std::string stem(stem_of(*tensor));
      plan.targets.push_back({name, Layout::kPanelsS8, tensor->rows, tensor->cols});
      plan.targets.push_back({stem + ".scale", Layout::kVector, 1, tensor->rows});
      plan.targets.push_back({stem + ".column_sum", Layout::kVectorS32, 1, tensor->rows});
      plan.targets.push_back({stem + ".balance", Layout::kVector, 1, tensor->cols});
    } else if (is_table(*tensor)) {
      plan.targets.push_back({name, Layout::kRowsS8, tensor->rows, tensor->cols});
      plan.targets.push_back({name + ".scale", Layout::kVector, 1, tensor->rows});
    } else {
      plan.targets.push_back({name, tensor->layout, tensor->rows, tensor->cols});
    }
  }
  return plan;
}

template <typename T>
T* typed(ImageWriter& writer, size_t target) {
  return reinterpret_cast<T*>(writer.tensor(target).data());
}

// Everything that one tensor needs, as pieces that any worker may take in any order.
void add_pieces(const Conversion& conversion, ImageWriter& writer,
                std::vector<std::function<void()>>& pieces) {
  const Tensor& source = *conversion.source;
  const size_t first = conversion.first_target;
  if (is_matrix(source)) {
    const size_t k = source.cols, k4 = (k + 3) / 4 * 4;
    for (size_t p = 0; p < (source.rows + 15) / 16; ++p) {
      const PanelS8 to = {.values = typed<int8_t>(writer, first) + p * 16 * k4,
                          .scale = typed<float>(writer, first + 1) + p * 16,
                          .column_sum = typed<int32_t>(writer, first + 2) + p * 16};
      const float* const from = source.f32() + p * 16 * k;
      pieces.push_back([from, to, &conversion] { quantize_panel(from, conversion.t, to); });
    }
    for (size_t j = 0; j < k; ++j) typed<float>(writer, first + 3)[j] = 1.0f / conversion.t[j];
  } else if (is_table(source)) {
    constexpr size_t kRowsAtOnce = 256;
    int8_t* const values = typed<int8_t>(writer, first);
    float* const scales = typed<float>(writer, first + 1);
    for (size_t begin = 0; begin < source.rows; begin += kRowsAtOnce) {
      pieces.push_back([begin, values, scales, &source] {
        const size_t end = std::min<size_t>(source.rows, begin + kRowsAtOnce);
        for (size_t row = begin; row < end; ++row) {
          const size_t at = row * source.cols;
          scales[row] = quantize_row(source.f32() + at, source.cols, values + at);
        }
      });
    }
  } else {
    std::memcpy(writer.tensor(first).data(), source.bytes.data(), source.bytes.size());
  }
}

}  // namespace

Result<base::AlignedBuffer<std::byte>> quantize_image(const ModelImage& image, const CalibrationText& text,
                                                      const kernels::Kernels& kernels,
                                                      uint32_t num_threads) {
  auto plan = plan_conversions(image);
  if (!plan.ok()) return plan.status();
  const auto maxima = input_maxima(image, text, kernels, num_threads);
  if (!maxima.ok()) return maxima.status();
  for (Conversion& conversion : plan.value().conversions) {
    const Tensor& source = *conversion.source;
    if (!is_matrix(source)) continue;
    const auto input_max = maxima.value().find(stem_of(source));
    if (input_max == maxima.value().end() || input_max->second.size() != source.cols) {
      return Status{Code::kUnsupported, image.path() + ": tensor " + std::string(source.name) +
                                            ": int8 does not know this matrix"};
    }
    conversion.t = balance_columns(input_max->second, source.f32(), (source.rows + 15) / 16);
  }

  Metadata metadata{.config = image.config(), .provenance = image.provenance()};
  metadata.config.precision = Precision::kInt8;
  metadata.provenance.calibration = text.source;
  auto writer = ImageWriter::create(plan.value().targets, write_metadata(metadata), image.tokenizer_tables());
  if (!writer.ok()) return writer.status();
  std::vector<std::function<void()>> pieces;
  for (const Conversion& conversion : plan.value().conversions) {
    add_pieces(conversion, writer.value(), pieces);
  }

  std::atomic<size_t> next{0};
  std::atomic<bool> enough_memory{true};
  Threads threads(num_threads);
  threads.run([&](uint32_t) {
    const kernels::FloatEnv float_env;
    try {
      for (size_t i = next++; i < pieces.size(); i = next++) pieces[i]();
    } catch (const std::bad_alloc&) {
      enough_memory = false;
    }
  });
  if (!enough_memory) throw std::bad_alloc();
  return writer.value().finish();
}

}  // namespace linnet::engine
