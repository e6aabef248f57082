// kernels/generic/attention_s8.h - what attention's int8 products read and what becomes of their results: kernels.h,
// quantize_panels to divide_split14, has the formulas.
#pragma once

#include "kernels/generic/quantize.h"
#include "kernels/generic/row_passes.h"
#include "kernels/kernels.h"

namespace linnet::kernels {
namespace {

// The scales of 16 rows or columns whose values span `width`, lane by lane: width / 127, or 1 where that would be
// too little to divide by. odd: 0, or NaN in the lanes of those that held NaN or Inf.
inline V scales_for(V width, V odd) {
  const V scale = if_less(width, set1(0x1p-100f), set1(1.0f), div(width, set1(127.0f)));
  return add(scale, fma(width, set1(0.0f), odd));
}

void quantize_panels(const float* b, size_t panels, size_t k, const PanelsS8& to) {
  const V zero = set1(0.0f), rounder = set1(kRounder);
  const size_t quads = (k + 3) / 4;
  for (size_t p = 0; p < panels; ++p, b += k * 16) {
    V most = zero, odd = zero;
    for (size_t l = 0; l < k; ++l) {
      const V v = load(b + l * 16);
      most = max(abs(v), most);
      odd = fma(v, zero, odd);
    }
    const V scale = scales_for(most, odd), inverse = div(set1(1.0f), scale);
    V sum = zero;  // of whole numbers below 2^24: exact
    const auto whole = [&](size_t l) {
      const V t = l < k ? fma(load(b + l * 16), inverse, rounder) : rounder;
      sum = add(sum, sub(t, rounder));
      return t;
    };
    int8_t* values = to.values + p * quads * 64;
    for (size_t l = 0; l < 4 * quads; l += 4) {
      const V quad[4] = {whole(l), whole(l + 1), whole(l + 2), whole(l + 3)};
      store_low_bytes(values + l * 16, quad);
    }
    store(to.scale + p * 16, scale);
    store_whole(to.column_sum + p * 16, sum);
  }
}

// 16 rows' quantizers, or fewer: what lanes beyond them hold is of the last row.
struct Quantizers {
  V scale, inverse, zero;
};

inline Quantizers quantizers_for(const float* x, size_t ld, size_t rows, size_t n) {
  const float* row[16];
  for (size_t i = 0; i < 16; ++i) row[i] = x + (i < rows ? i : rows - 1) * ld;
  Range range = only_zero();
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    V columns[4];
    load_transposed(row, j, columns);
    for (const V& column : columns) include(range, column);
  }
  for (; j < n; ++j) {
    float column[16];
    for (size_t i = 0; i < 16; ++i) column[i] = row[i][j];
    include(range, load(column));
  }
  const V scale = scales_for(sub(range.high, range.low), range.odd), inverse = div(set1(1.0f), scale);
  const V zero = sub(fma(mul(range.low, set1(-1.0f)), inverse, set1(kRounder)), set1(kRounder));
  return {scale, inverse, if_less(zero, set1(256.0f), zero, set1(0.0f))};  // NaN: 0
}

void quantize_queries(const float* x, size_t ld, size_t rows, size_t n, const QuantizedRows& q) {
  for (size_t first = 0; first < rows; first += 16) {
    const size_t count = rows - first < 16 ? rows - first : 16;
    const Quantizers quantizers = quantizers_for(x + first * ld, ld, count, n);
    float scale[16], inverse[16];
    int32_t zero[16];
    store(scale, quantizers.scale);
    store(inverse, quantizers.inverse);
    store_whole(zero, quantizers.zero);
    for (size_t i = first; i < first + count; ++i) {
      const Quantizer quantizer[1] = {{scale[i - first], inverse[i - first], zero[i - first]}};
      write_bytes(x + i * ld, ld, n, nullptr, quantizer, q, i);
    }
  }
}

// The weights of R rows as whole numbers, each split into its high and its low 7 bits, and their sums:
// 2^(x * scale - most).
template <size_t R>
inline void exp_split14(const float* x, size_t ld, size_t n, V scale, const V (&most)[R], uint8_t* parts,
                        size_t parts_ld, float* sums) {
  const V rounder = set1(kRounder);
  V sum[R];
  for (size_t r = 0; r < R; ++r) sum[r] = set1(0.0f);
  const auto whole = [&](size_t r, size_t j, size_t count) {
    const V t = round_power_of_two(sub(mul(load(x + r * ld + j), scale), most[r]));
    const V kept = keep_columns(t, count, kRounder);
    sum[r] = add(sum[r], sub(kept, rounder));
    return kept;
  };
  size_t j = 0;
  for (; j + 32 <= n; j += 32) {
    for (size_t r = 0; r < R; ++r) {
      uint8_t* high = parts + 2 * r * parts_ld + j;
      const V first = whole(r, j, 16), second = whole(r, j + 16, 16);
      store_split14(high, high + parts_ld, first, second);
    }
  }
  for (; j < n; j += 16) {
    const size_t count = n - j < 16 ? n - j : 16;
    for (size_t r = 0; r < R; ++r) {
      uint8_t* high = parts + 2 * r * parts_ld + j;
      store_split14(high, high + parts_ld, whole(r, j, count), (count + 3) / 4 * 4);
    }
  }
  for (size_t r = 0; r < R; ++r) sums[r] = sum_lanes(sum[r]);
}

void softmax_split14(const float* x, size_t ld, size_t rows, size_t n, float scale, uint8_t* parts, size_t parts_ld,
                     float* sums) {
  const V of_two = set1(scale * 0x1.715476p0f);  // 1 / ln 2
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    V most[R];
    greatest_of_rows<R>(x + i * ld, ld, n, of_two, most);
    exp_split14<R>(x + i * ld, ld, n, of_two, most, parts + 2 * i * parts_ld, parts_ld, sums + i);
  });
}

void divide_split14(const float* x, size_t ld, size_t rows, size_t n, const float* divisors, float* y, size_t ldy) {
  for (size_t i = 0; i < rows; ++i, x += 2 * ld, y += ldy) {
    const V factor = set1(1.0f / divisors[i]);
    for_columns(n, [&](size_t j, size_t count) {
      store_columns(y + j, mul(add(load_columns(x + j, count), load_columns(x + ld + j, count)), factor), count);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
