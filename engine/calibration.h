// engine/calibration.h - how far the inputs of each matrix reach, seen over some text.
#pragma once

#include <cstdint>
#include <map>
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

// The lines of a file that hold more than white space. Fails with what MappedFile says, and with kCorrupt
// when there is no such line.
Result<CalibrationText> read_calibration(const std::string& path);

// max|x_j| of what each matrix of a layer reads, over all tokens of all texts: "layers.0.qkv" -> [in].
using InputMaxima = std::map<std::string, std::vector<float>, std::less<>>;

// Runs the fp32 encoder of `image` over the texts, each truncated to the model's length. The same numbers
// on every machine, with any number of threads.
Result<InputMaxima> input_maxima(const ModelImage& image, const CalibrationText& text,
                                 const kernels::Kernels& kernels, uint32_t num_threads);

}  // namespace linnet::engine
