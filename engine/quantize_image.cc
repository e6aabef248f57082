#include "engine/quantize_image.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "engine/image_writer.h"
#include "engine/metadata.h"
#include "engine/pieces.h"
#include "engine/quantize_weights.h"
#include "engine/strides.h"

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
  size_t first_target;  // .weight, .scale, .column_sum, .balance; or table, table.scale
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

// A matrix that reads x [tokens, in].
void convert_matrix(const Conversion& conversion, std::span<const float> x, const kernels::Kernels& kernels,
                    Threads& threads, ImageWriter& writer) {
  const Tensor& source = *conversion.source;
  const size_t first = conversion.first_target, k = source.cols, k4 = round_up_4(k);
  const size_t panels = (source.rows + 15) / 16;
  const std::vector<float> t = balance_columns(column_reach(x, k), source.f32(), panels);
  float* const balance = typed<float>(writer, first + 3);
  for (size_t j = 0; j < k; ++j) balance[j] = 1.0f / t[j];
  const ErrorFeedback feedback = error_feedback(kernels, threads, x, {balance, k});
  run_pieces(threads, 0, panels, [&](size_t p, uint32_t) {
    quantize_panel(kernels, source.f32() + p * 16 * k, t, feedback,
                   {.values = typed<int8_t>(writer, first) + p * 16 * k4,
                    .scale = typed<float>(writer, first + 1) + p * 16,
                    .column_sum = typed<int32_t>(writer, first + 2) + p * 16});
  });
}

void convert_table(const Conversion& conversion, Threads& threads, ImageWriter& writer) {
  constexpr size_t kRowsAtOnce = 256;
  const Tensor& source = *conversion.source;
  int8_t* const values = typed<int8_t>(writer, conversion.first_target);
  float* const scales = typed<float>(writer, conversion.first_target + 1);
  run_pieces(threads, 0, (source.rows + kRowsAtOnce - 1) / kRowsAtOnce, [&](size_t piece, uint32_t) {
    const size_t end = std::min<size_t>(source.rows, (piece + 1) * kRowsAtOnce);
    for (size_t row = piece * kRowsAtOnce; row < end; ++row) {
      const size_t at = row * source.cols;
      scales[row] = quantize_row(source.f32() + at, source.cols, values + at);
    }
  });
}

}  // namespace

Result<base::AlignedBuffer<std::byte>> quantize_image(const ModelImage& image, const CalibrationText& text,
                                                      const kernels::Kernels& kernels,
                                                      uint32_t num_threads) {
  auto plan = plan_conversions(image);
  if (!plan.ok()) return plan.status();
  Metadata metadata{.config = image.config(), .provenance = image.provenance()};
  metadata.config.precision = Precision::kInt8;
  metadata.provenance.calibration = text.source;
  auto made = ImageWriter::create(plan.value().targets, write_metadata(metadata), image.tokenizer_tables());
  if (!made.ok()) return made.status();
  ImageWriter& writer = made.value();
  Threads threads(num_threads);

  std::map<std::string_view, const Conversion*> matrices;
  for (const Conversion& conversion : plan.value().conversions) {
    const Tensor& source = *conversion.source;
    if (is_matrix(source)) {
      matrices[stem_of(source)] = &conversion;
    } else if (is_table(source)) {
      convert_table(conversion, threads, writer);
    } else {
      std::memcpy(writer.tensor(conversion.first_target).data(), source.bytes.data(), source.bytes.size());
    }
  }
  const Status seen = see_inputs(image, text, kernels, [&](std::string_view matrix, std::span<const float> x) {
    const auto node = matrices.extract(matrix);
    if (node) convert_matrix(*node.mapped(), x, kernels, threads, writer);
  });
  if (!seen.ok()) return seen;
  if (!matrices.empty()) {
    return Status{Code::kUnsupported, image.path() + ": tensor " + std::string(matrices.begin()->second->source->name) +
                                          ": int8 does not know this matrix"};
  }
  return writer.finish();
}

}  // namespace linnet::engine
