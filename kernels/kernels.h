// kernels/kernels.h - everything the engine may ask of an instruction set.
//
// The contract for every entry. Sizes and strides (ld) count elements. Pointers need only element
// alignment; fast paths may use more. No entry allocates, throws, starts threads, or touches memory
// outside the extents it is given. Outputs do not overlap inputs unless said. Every tier gives the
// same bits (design: Numbers): see generic/ for the operations and their order.
#pragma once

#include <stddef.h>  // C headers only: this file is compiled with ISA flags too
#include <stdint.h>

namespace linnet::kernels {

constexpr size_t kPanel = 16;  // output columns in one weight panel, and lanes in one reduction

enum class Isa : uint8_t { kScalar, kAvx2, kAvx512 };  // the slowest first
constexpr size_t kNumIsas = 3;

struct Kernels {
  const char* name;  // of the tier, as --isa takes it

  // C = A x B.   a [m, k] (lda >= k);  b [panels][k][16];  c [m, 16 * panels] (ldc >= 16 * panels).
  // Each output is one chain of fused multiply-adds over k = 0..K-1 in order, from +0.
  void (*gemm_f32)(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k,
                   float* c, size_t ldc);

  // Row passes, in place on x [rows, n] (ld >= n). bias [n].
  void (*add_bias)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_gelu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);  // erf form
  void (*add_bias_tanh)(float* x, size_t ld, size_t rows, size_t n, const float* bias);

  // y[i] = layer_norm((x[i] + bias) + residual[i]); y may be residual.  gamma, beta, bias [n].
  void (*add_bias_residual_layer_norm)(const float* x, size_t ldx, const float* bias,
                                       const float* residual, size_t ldr, const float* gamma,
                                       const float* beta, float eps, float* y, size_t ldy,
                                       size_t rows, size_t n);

  // y[i] = layer_norm((word[ids[i]] + token_type[type_ids[i]]) + position[positions[i]]).
  // Tables are [.., n] without gaps between rows; every index is within its table.
  void (*embed_layer_norm)(const float* word, const float* token_type, const float* position,
                           const int32_t* ids, const int32_t* type_ids, const int32_t* positions,
                           const float* gamma, const float* beta, float eps, float* y, size_t ldy,
                           size_t rows, size_t n);

  // x[i][j] = exp(scale * x[i][j] - max_j(scale * x[i][j])); sums[i] = their sum. n >= 1.
  // Rows have room for n rounded up to 16: the columns from n on become +0.
  void (*softmax_unnormalized)(float* x, size_t ld, size_t rows, size_t n, float scale,
                               float* sums);

  // x[i][j] = x[i][j] / divisors[i].
  void (*divide_rows)(float* x, size_t ld, size_t rows, size_t n, const float* divisors);

  // Over the rows of one text, x [rows, n] -> y [n]; rows >= 1.
  void (*mean_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);
  void (*max_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);

  // x[i] = x[i] / max(||x[i]||_2, 1e-12), as torch.nn.functional.normalize.
  void (*l2_normalize)(float* x, size_t ld, size_t rows, size_t n);
};

bool isa_supported(Isa isa);                  // by this CPU and operating system
const char* isa_name(Isa isa);                // "scalar", "avx2", "avx512"
const Kernels& kernels_for(Isa isa);          // REQUIRES: isa_supported(isa)
Isa best_isa();                               // the fastest supported
const char* scalar_variant();                 // "fma" or "portable": which compilation is in use

}  // namespace linnet::kernels
