// engine/backend.h - another library's matrix products in the place of the kernels'.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernels/kernels.h"
#include "linnet/status.h"

namespace linnet::engine {

struct EncoderWeights;

// For any number of threads at once.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string name() const = 0;  // "onednn 2.6.3"

  // As the entries of Kernels with these names. The weights outlive the backend and do not change. False: it
  // could not, for lack of memory; the caller takes the kernels.
  virtual bool gemm_f32(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k, float* c,
                        size_t ldc) = 0;
  virtual bool gemm_s8(const kernels::QuantizedRows& a, size_t m, const kernels::WeightsS8& b, float* c,
                       size_t ldc) = 0;
};

// The backend called `name`; "" and "linnet": null, which stands for the kernels. Fails with
// kInvalidArgument for an unknown name, kUnsupported for one that this build lacks.
Result<std::shared_ptr<Backend>> choose_backend(const std::string& name);

// Puts the layers' products into its hands, and in an fp32 model all others; those of an int8 model that
// are fp32 keep our bits.
void use_backend(Backend& backend, EncoderWeights& weights);

}  // namespace linnet::engine
