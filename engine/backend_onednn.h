// engine/backend_onednn.h - oneDNN's matrix product on Linnet's packed weights: the yardstick of our own.
//
// Single-threaded, like the kernels. fp32 sums are not in our order, so that fp32 results are outside the
// promise of the same bits; int8 results are bit for bit those of Kernels::gemm_s8 (pair-bounded weights
// never saturate, and the sums are exact).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/backend.h"
#include "kernels/kernels.h"
#include "linnet/status.h"

namespace linnet::engine {

std::string onednn_version();  // "2.6.3"

// oneDNN as a backend. Code is made, and weights are packed, at their first use with a number of rows; what
// is made stays. Fails with kOutOfMemory, and with kUnsupported where oneDNN finds no CPU to work for.
Result<std::shared_ptr<Backend>> onednn_backend();

// One matrix of weights [k, 16 * panels] and what oneDNN makes of it. Sizes and strides count elements. Any
// number of threads may use it at once.
class OneDnnMatrix {
 public:
  // b as in Kernels::gemm_f32 and gemm_s8. It is read again by prepare(): the caller keeps it. Throws bad_alloc.
  static OneDnnMatrix create(const float* b, size_t panels, size_t k);
  static OneDnnMatrix create(const kernels::WeightsS8& b);

  OneDnnMatrix(OneDnnMatrix&&) noexcept;
  OneDnnMatrix& operator=(OneDnnMatrix&&) noexcept;
  ~OneDnnMatrix();

  // Generates the code for m >= 1 rows of these strides, and repacks the weights unless a layout that it
  // wants is already there. Once for each (m, lda, ldc).
  Status prepare(size_t m, size_t lda, size_t ldc);

  // What oneDNN calls the code that prepare() chose, for example "brg:avx512_core_vnni".
  std::string implementation(size_t m, size_t lda, size_t ldc) const;

  // c [m, 16 * panels] (ldc) = a [m, k] (lda) x b.  REQUIRES: prepare(m, lda, ldc) succeeded.
  Status gemm_f32(const float* a, size_t lda, size_t m, float* c, size_t ldc) const;
  // The same contract as Kernels::gemm_s8.  REQUIRES: prepare(m, a.ld, ldc) succeeded.
  Status gemm_s8(const kernels::QuantizedRows& a, size_t m, float* c, size_t ldc) const;
  // Its sums alone: c[i][j] = sum of a.values[i][l] * b[l][j].
  Status sums_s8(const kernels::QuantizedRows& a, size_t m, int32_t* c, size_t ldc) const;

 private:
  struct Impl;
  explicit OneDnnMatrix(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::engine
