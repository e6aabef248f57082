// engine/quantize_image.h - an fp32 model image -> an int8 one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/aligned_buffer.h"
#include "engine/calibration.h"
#include "engine/model_image.h"
#include "kernels/kernels.h"
#include "linnet/status.h"

namespace linnet::engine {

// The matrices of the layers become s8 panels, each with its scales, column sums and the factors of its
// inputs; the tables of words and positions become s8 rows with a scale each; the rest stays as it is.
// `image` is sound (model_api.cc) and fp32. The same bytes on every machine, with any number of threads.
Result<base::AlignedBuffer<std::byte>> quantize_image(const ModelImage& image, const CalibrationText& text,
                                                      const kernels::Kernels& kernels,
                                                      uint32_t num_threads);

}  // namespace linnet::engine
