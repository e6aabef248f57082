// engine/place_tensors.h - the tensors of a checkpoint, each to its place in a model image.
#pragma once

#include "engine/image_writer.h"
#include "engine/tensor_plan.h"
#include "linnet/status.h"

namespace linnet::engine {

// Fills the image that `writer` laid out for plan.targets. Converts fp32, fp16 and bf16 to fp32, exactly.
// Fails with kUnsupported for another dtype and with kCorrupt for a value that is not finite, naming the
// tensor and the element.
Status place_tensors(const TensorPlan& plan, ImageWriter& writer);

}  // namespace linnet::engine
