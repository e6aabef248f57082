// kernels/generic/quantize.h - the row passes that end in bytes: kernels.h, quantize_rows, has the formula.
#pragma once

#include "kernels/generic/row_passes.h"
#include "kernels/kernels.h"

namespace linnet::kernels {
namespace {

// The least and the greatest value of a row and 0, lane by lane. NaN passes by both: `odd` catches it.
struct Range {
  V low, high, odd;
};

inline Range only_zero() { return {set1(0.0f), set1(0.0f), set1(0.0f)}; }

inline void include(Range& range, V x) {
  range.low = min(x, range.low);
  range.high = max(x, range.high);
  range.odd = fma(x, set1(0.0f), range.odd);
}

struct Quantizer {
  float scale, inverse;
  int32_t zero;
};

inline int32_t round_to_nearest(float x) {  // |x| < 2^22
  return static_cast<int32_t>((x + kRounder) - kRounder);
}

inline Quantizer quantizer_for(const Range& range) {
  const float low = -max_lanes(mul(range.low, set1(-1.0f))), high = max_lanes(range.high);
  const float width = high - low, odd = sum_lanes(range.odd);
  // A row that holds NaN or Inf, or is wider than any float: x * NaN makes all its bytes 0.
  if (width - width != 0 || odd != 0) return {__builtin_nanf(""), __builtin_nanf(""), 0};
  const float scale = width < 0x1p-100f ? 1.0f : width / 255.0f;
  const float inverse = 1.0f / scale;
  return {scale, inverse, round_to_nearest(-low * inverse)};
}

// R rows, the first of them row i of q.
template <size_t R>
inline void write_bytes(const float* x, size_t ld, size_t n, const float* r, const Quantizer (&quantizers)[R],
                        const QuantizedRows& q, size_t i) {
  for (size_t k = 0; k < R; ++k) {
    q.scale[i + k] = quantizers[k].scale;
    q.zero[i + k] = quantizers[k].zero;
  }
  uint8_t* to = q.values + i * q.ld;
  const auto scaled = [&](size_t k, size_t j, size_t count) {
    const V factor = r == nullptr ? set1(1.0f) : load_columns(r + j, count);
    return mul(mul(load_columns(x + k * ld + j, count), factor), set1(quantizers[k].inverse));
  };
  size_t j = 0;
  for (; j + 32 <= n; j += 32) {
    for (size_t k = 0; k < R; ++k) {
      store_bytes(to + k * q.ld + j, scaled(k, j, 16), scaled(k, j + 16, 16), quantizers[k].zero);
    }
  }
  for (; j < n; j += 16) {
    const size_t count = n - j < 16 ? n - j : 16;
    for (size_t k = 0; k < R; ++k) store_bytes(to + k * q.ld + j, scaled(k, j, count), quantizers[k].zero, count);
  }
  for (size_t k = 0; k < R; ++k) {
    for (size_t pad = n; pad % 4 != 0; ++pad) to[k * q.ld + pad] = 0;
  }
}

template <size_t R>
inline void quantize(const float* x, size_t ld, size_t n, const float* r, const Range (&ranges)[R],
                     const QuantizedRows& q, size_t i) {
  Quantizer quantizers[R];
  for (size_t k = 0; k < R; ++k) quantizers[k] = quantizer_for(ranges[k]);
  write_bytes(x, ld, n, r, quantizers, q, i);
}

void quantize_rows(const float* x, size_t ld, size_t rows, size_t n, const float* r,
                   const QuantizedRows& q) {
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    Range ranges[R];
    for (size_t k = 0; k < R; ++k) ranges[k] = only_zero();
    for_columns(n, [&](size_t j, size_t count) {
      const V factor = r == nullptr ? set1(1.0f) : load_columns(r + j, count);
      for (size_t k = 0; k < R; ++k) {
        include(ranges[k], mul(load_columns(x + (i + k) * ld + j, count), factor));
      }
    });
    quantize(x + i * ld, ld, n, r, ranges, q, i);
  });
}

void gelu_quantize(float* x, size_t ld, size_t rows, size_t n, const float* r,
                   const QuantizedRows& q) {
  for (size_t i = 0; i < rows; ++i, x += ld) {
    Range range[1] = {only_zero()};
    const auto see = [&](size_t j, size_t count, V v) {  // lanes beyond the row hold gelu(0) = 0
      const V scaled = r == nullptr ? v : mul(v, load_columns(r + j, count));
      store_columns(x + j, scaled, count);
      include(range[0], scaled);
    };
    size_t j = 0;
    for (; j + 32 <= n; j += 32) {
      V v[2] = {load(x + j), load(x + j + 16)};
      gelu_for_bytes(v);
      see(j, 16, v[0]);
      see(j + 16, 16, v[1]);
    }
    for (; j < n; j += 16) {
      const size_t count = n - j < 16 ? n - j : 16;
      V v[1] = {load_columns(x + j, count)};
      gelu_for_bytes(v);
      see(j, count, v[0]);
    }
    quantize(x, ld, n, nullptr, range, q, i);
  }
}

void residual_layer_norm_quantize(const float* x, size_t ldx, const float* residual, size_t ldr,
                                  const float* gamma, const float* beta, float eps, float* y,
                                  size_t ldy, size_t rows, size_t n, const float* r,
                                  const QuantizedRows& q) {
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    V sum[R];
    Range ranges[R];
    for (size_t k = 0; k < R; ++k) {
      sum[k] = set1(0.0f);
      ranges[k] = only_zero();
    }
    for_columns(n, [&](size_t j, size_t count) {
      for (size_t k = 0; k < R; ++k) {
        const V v = add(load_columns(x + (i + k) * ldx + j, count),
                        load_columns(residual + (i + k) * ldr + j, count));
        store_columns(y + (i + k) * ldy + j, v, count);
        sum[k] = add(sum[k], v);
      }
    });
    normalize_rows(y + i * ldy, ldy, n, sum, gamma, beta, eps,
                   [&](size_t k, size_t j, size_t count, V v) {
      const V factor = r == nullptr ? set1(1.0f) : load_columns(r + j, count);
      include(ranges[k], keep_columns(mul(v, factor), count, 0.0f));
    });
    quantize(y + i * ldy, ldy, n, r, ranges, q, i);
  });
}

}  // namespace
}  // namespace linnet::kernels
