// engine/check_tensor.h - what the checksum of a tensor cannot know: that its numbers can be used.
#pragma once

#include <string>

#include "engine/model_image.h"

namespace linnet::engine {

// The first fault of a tensor's numbers, as the end of a sentence that names the tensor; empty: none. A
// number that is not finite; a pair of weights whose sum breaks the bound that int8 products rely on.
std::string fault_in(const Tensor& tensor);

// The same of what int8 products take off their sums: each is the sum of its output's weights. sums [rows] of
// weights [rows, cols] in s8 panels.
std::string fault_in_sums(const Tensor& sums, const Tensor& weights);

}  // namespace linnet::engine
