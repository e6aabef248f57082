// engine/error_feedback.h - what the weights of a channel can make good of the rounding of others.
//
// With inputs X, the outputs of a channel whose weights are off by e are off by X e, in all by e H e', H = X'X.
// H = U' D U, U unit upper triangular, splits that into a sum over j of D_j (e_j + sum over i > j of U_ji e_i)^2:
// rounded from the last weight to the first, weight j is rounded after what the later ones lost has been added to
// it. Frantar et al. 2023 (GPTQ), in the form of Chee et al. 2023 (QuIP, "LDLQ"), which show that it is the same.
#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.h"
#include "engine/threads.h"
#include "kernels/kernels.h"

namespace linnet::engine {

// U [k16][stride], its diagonal and what is left of it unused; k16 = k rounded up to 16.
struct ErrorFeedback {
  base::AlignedBuffer<float> u;
  size_t stride = 0;

  bool empty() const { return u.size() == 0; }  // every weight by itself
};

// Of inputs x [rows, k], column j times balance[j]. Empty where they are all zeros, or not finite. The same numbers
// on every machine, with any number of threads.
ErrorFeedback error_feedback(const kernels::Kernels& kernels, Threads& threads, std::span<const float> x,
                             std::span<const float> balance);

}  // namespace linnet::engine
