// engine/calibration.h - what each matrix of a model reads, seen over some text.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model_image.h"
#include "kernels/kernels.h"
#include "linnet/status.h"

namespace linnet::engine {

// What calibrates a model: texts, and what to call them.
struct CalibrationText {
  std::vector<std::string> texts;
  std::string source;  // for `inspect`: "built-in", or the file's name and SHA-256
};

// About 100 short paragraphs in many languages, compiled in: see calibration_text.cc.
CalibrationText built_in_calibration();

// The lines of a file that hold more than white space. The file may be a pipe. Fails with kNotFound or kIo,
// and with kCorrupt when there is no such line.
Result<CalibrationText> read_calibration(const std::string& path);

// The inputs of the matrix "layers.0.qkv", x [tokens, in] without gaps, which are gone when the call returns.
using SeeInputs = std::function<void(std::string_view matrix, std::span<const float> x)>;

// Runs the fp32 encoder of `image` over the texts, each truncated to the model's length, and shows what each matrix
// of a layer reads, one after the other, as the forward pass comes to it. Of more than 8,192 tokens some texts are
// taken, from everywhere. The same numbers on every machine.
Status see_inputs(const ModelImage& image, const CalibrationText& text, const kernels::Kernels& kernels,
                  const SeeInputs& see);

}  // namespace linnet::engine
