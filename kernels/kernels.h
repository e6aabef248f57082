// kernels/kernels.h - everything the engine may ask of an instruction set.
//
// The contract for every entry. Sizes and strides (ld) count elements. Pointers need only element
// alignment; fast paths may use more. No entry allocates, throws, starts threads, or touches memory
// outside the extents it is given. Outputs do not overlap inputs unless said. Every tier gives the
// same bits: each function is one series of operations, in the order that generic/ gives them. Of NaN alone sign and
// payload are free: where one tier has a NaN, all have.
#pragma once

#include <stddef.h>  // C headers only: this file is compiled with ISA flags too
#include <stdint.h>

namespace linnet::kernels {

constexpr size_t kPanel = 16;  // output columns in one weight panel, and lanes in one reduction

enum class Isa : uint8_t { kScalar, kAvx2, kAvx2Vnni, kAvx512, kAvx512Vnni, kAvx512Amx };  // the slowest first
constexpr size_t kNumIsas = 6;

// Rows of bytes: x[i][j] is about scale[i] * (values[i][j] - zero[i]). The caller owns the arrays.
struct QuantizedRows {
  uint8_t* values;  // [rows, n rounded up to 4] (ld >= that); columns from n on are 0
  size_t ld;
  float* scale;   // [rows]; NaN where the row held NaN or Inf: all that is made of the row is NaN, too
  int32_t* zero;  // [rows], 0..255
};

// A packed int8 matrix [k, 16 * panels], k4 = k rounded up to 4, with zeros in the padding.
// REQUIRES: |values[2i] + values[2i + 1]| <= 128 along k in every column, or no row that it is multiplied with holds
// more than 128 and no value is -128: AVX2 adds the products of two neighbours in 16 bits. k <= 65536.
struct WeightsS8 {
  const int8_t* values;  // [panels][k4 / 4][16][4]
  size_t panels, k4;
  const float* scale;         // [16 * panels]
  const int32_t* column_sum;  // [16 * panels], over k
  const float* bias;          // [16 * panels]
};

// What gemm_s8 makes a float of: the sum without what the row's zero adds. In the column sum of a file that nobody has
// checked anything may stand: the vectors wrap, and so does this.
[[gnu::always_inline]] inline int32_t without_zero(int32_t sum, int32_t zero, int32_t column_sum) {
  const auto of_zero = static_cast<uint32_t>(zero) * static_cast<uint32_t>(column_sum);
  return static_cast<int32_t>(static_cast<uint32_t>(sum) - of_zero);
}

// Room for a matrix of attention, keys or values, in the layout of WeightsS8; each column has the scale it needs, and
// no pair is bounded: rows that it is multiplied with hold at most 128.
struct PanelsS8 {
  int8_t* values;       // [panels][k4 / 4][16][4]
  float* scale;         // [16 * panels]; NaN where the column held NaN or Inf
  int32_t* column_sum;  // [16 * panels]
};

struct Kernels {
  const char* name;  // of the tier, as --isa takes it

  // C = A x B.   a [m, k] (lda >= k);  b [panels][k][16];  c [m, 16 * panels] (ldc >= 16 * panels).
  // Each output is one chain of fused multiply-adds over k = 0..K-1 in order, from +0.
  void (*gemm_f32)(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k,
                   float* c, size_t ldc);

  // C = A x B, both quantized, and the bias: c[i][j] = fma(float(acc - zero_i * column_sum_j),
  // scale_i * scale_j, bias_j), acc the exact sum over k.  a [m, b.k4];  c [m, 16 * b.panels].
  void (*gemm_s8)(const QuantizedRows& a, size_t m, const WeightsS8& b, float* c, size_t ldc);

  // x [rows, n] -> q, each row by itself. With x' = x * r and lo, hi the least and greatest of x' and 0:
  // scale = (hi - lo) / 255 (1 where hi - lo < 2^-100), zero = rne(-lo * (1 / scale)),
  // values = clamp(rne(x' * (1 / scale)) + zero, 0, 255).  r [n], or null for all ones.
  void (*quantize_rows)(const float* x, size_t ld, size_t rows, size_t n, const float* r,
                        const QuantizedRows& q);

  // What quantize_rows makes of gelu(x) (erf form): gelu_for_bytes of generic/transcendentals.h. gelu(x) * r takes the
  // place of x.
  void (*gelu_quantize)(float* x, size_t ld, size_t rows, size_t n, const float* r,
                        const QuantizedRows& q);

  // y[i] = layer_norm(x[i] + residual[i]), and what quantize_rows makes of it; y may be residual.
  void (*residual_layer_norm_quantize)(const float* x, size_t ldx, const float* residual, size_t ldr,
                                       const float* gamma, const float* beta, float eps, float* y,
                                       size_t ldy, size_t rows, size_t n, const float* r,
                                       const QuantizedRows& q);

  // Row passes, in place on x [rows, n] (ld >= n): f(x + bias). bias [n], or null for none.
  // Each function's largest error: generic/transcendentals.h.
  void (*add_bias)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_gelu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);  // erf form
  void (*add_bias_gelu_tanh)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_relu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_silu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_sigmoid)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*add_bias_tanh)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*log1p_relu)(float* x, size_t ld, size_t rows, size_t n);  // log(1 + max(x, 0)), as in SPLADE

  // Gated feed-forwards (Shazeer 2020), x [rows, 2n], bias [2n] or null:
  // x[i][j] = f(x[i][j] + bias[j]) * (x[i][n + j] + bias[n + j]). The columns from n on stay as they are.
  void (*gate_gelu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*gate_gelu_tanh)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*gate_relu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);
  void (*gate_silu)(float* x, size_t ld, size_t rows, size_t n, const float* bias);

  // Rotary positions (Su et al. 2021). Angles x [n], each |x| <= 65536 -> their sines and cosines.
  void (*sin_cos)(const float* x, size_t n, float* sines, float* cosines);
  // Turns (x[i][j], x[i][half + j]) by angle (i, j), as rotate_half in transformers does.
  // x [rows, 2 half];  sines, cosines [rows, half], ldt apart (0: the same for all rows).
  void (*rotate_halves)(float* x, size_t ld, size_t rows, size_t half, const float* sines,
                        const float* cosines, size_t ldt);

  // y[i] = layer_norm((x[i] + bias) + residual[i]); y may be residual.  gamma, beta, bias [n].
  void (*add_bias_residual_layer_norm)(const float* x, size_t ldx, const float* bias,
                                       const float* residual, size_t ldr, const float* gamma,
                                       const float* beta, float eps, float* y, size_t ldy,
                                       size_t rows, size_t n);

  // y[i] = (x[i] + residual[i]) * gamma + beta, the last two in one rounding: MobileBERT's NoNorm; y may be x
  // or residual.  gamma, beta [n].
  void (*residual_no_norm)(const float* x, size_t ldx, const float* residual, size_t ldr,
                           const float* gamma, const float* beta, float* y, size_t ldy, size_t rows,
                           size_t n);

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

  // Attention in int8. Each column of b [panels][k][16] by itself: scale = max|b| / 127 (1 where max|b| < 2^-100),
  // values = rne(b * (1 / scale)), the product and the sum's rounding in one.
  void (*quantize_panels)(const float* b, size_t panels, size_t k, const PanelsS8& to);

  // quantize_rows without factors, with 127 in the place of 255 and zero = rne(-lo / scale) in one rounding, so that
  // values are 0..128.
  void (*quantize_queries)(const float* x, size_t ld, size_t rows, size_t n, const QuantizedRows& q);

  // The exponentials of softmax_unnormalized as whole numbers, e = rne(16256 * exp(...)), the greatest 127 * 128 (how
  // near: round_power_of_two of generic/transcendentals.h), each split into 7 bits and 7: e >> 7 in row 2i of parts and
  // e & 127 in row 2i + 1, 0 in columns from n to n rounded up to 4. sums[i] = their sum. n >= 1; x has room for n
  // rounded up to 16.
  void (*softmax_split14)(const float* x, size_t ld, size_t rows, size_t n, float scale, uint8_t* parts,
                          size_t parts_ld, float* sums);

  // What such rows gave, put together: y[i][j] = (x[2i][j] + x[2i + 1][j]) * (1 / divisors[i]).
  // x [2 rows, n], y [rows, n].
  void (*divide_split14)(const float* x, size_t ld, size_t rows, size_t n, const float* divisors, float* y,
                         size_t ldy);

  // x[i][j] = fma(x[i][j], scale, bias[j - i]): a bias by distance. bias[-rows + 1] to bias[n - 1] exist.
  void (*scale_add_distance_bias)(float* x, size_t ld, size_t rows, size_t n, float scale,
                                  const float* bias);

  // x[i][j] = x[i][j] / divisors[i].
  void (*divide_rows)(float* x, size_t ld, size_t rows, size_t n, const float* divisors);

  // y[j * 16 + i] = x[i][j]: rows, 1 to 16, as columns of a panel [n][16] from y on.
  void (*transpose_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);

  // Over the rows of one text, x [rows, n] -> y [n]; rows >= 1.
  void (*mean_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);
  void (*max_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);
  // The same sums over sqrt(rows), and with row i weighing first + i. Each column is one chain in the rows' order.
  void (*mean_sqrt_len_rows)(const float* x, size_t ld, size_t rows, size_t n, float* y);
  void (*weighted_mean_rows)(const float* x, size_t ld, size_t first, size_t rows, size_t n, float* y);

  // x[i] = x[i] / max(||x[i]||_2, 1e-12), as torch.nn.functional.normalize.
  void (*l2_normalize)(float* x, size_t ld, size_t rows, size_t n);
};

// By this CPU and operating system. For kAvx512Amx the first call asks Linux, for the whole process, to keep the tiles'
// state (arch_prctl): alternate signal stacks then need room for it, some 11 KB.
bool isa_supported(Isa isa);
const char* isa_name(Isa isa);                // "scalar", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-amx"
const Kernels& kernels_for(Isa isa);          // REQUIRES: isa_supported(isa)
Isa best_isa();                               // the fastest supported
const char* scalar_variant();                 // "fma" or "portable": which compilation is in use

}  // namespace linnet::kernels
