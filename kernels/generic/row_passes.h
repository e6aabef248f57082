// kernels/generic/row_passes.h - everything of struct Kernels but the products, written once over the
// 16-lane vectors of a tier's vector.h.
//
// Reductions over a row follow the contract: lane j mod 16 starts at +0 (a maximum: -inf), tail lanes
// keep their value, then the tree 8, 4, 2, 1.
#pragma once

#include "kernels/generic/transcendentals.h"

namespace linnet::kernels {
namespace {

// f(j, count): 16 columns from j on, the last time fewer. The whole vectors get a constant count, so
// that the compiler drops the masks there.
template <typename F>
[[gnu::always_inline]] inline void for_columns(size_t n, F f) {
  size_t j = 0;
  for (; j + 16 <= n; j += 16) f(j, size_t{16});
  if (j < n) f(j, n - j);
}

// Calls step<R>(first row) until all rows are done: 4 at a time, then 1. Always inlined, and so is step: for all the
// compiler knows, a vector may be stored where a closure keeps what it captured, to be read again each time.
template <typename F>
[[gnu::always_inline]] inline void for_rows(size_t rows, F step) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) step.template operator()<4>(i);
  for (; i < rows; ++i) step.template operator()<1>(i);
}

inline V load_columns(const float* p, size_t count) {
  return count == 16 ? load(p) : load_first(p, count);
}
inline void store_columns(float* p, V x, size_t count) {
  if (count == 16) {
    store(p, x);
  } else {
    store_first(p, x, count);
  }
}
inline V keep_columns(V x, size_t count, float fill) {
  return count == 16 ? x : keep_first(x, count, fill);
}

// ---- activations -----------------------------------------------------------------------------------

// x = f(x + bias), or f(x) where bias is null.
template <typename F>
inline void map_with_bias(float* x, size_t ld, size_t rows, size_t n, const float* bias, F f) {
  for (size_t i = 0; i < rows; ++i, x += ld) {
    if (bias == nullptr) {
      for_columns(n, [&](size_t j, size_t count) {
        store_columns(x + j, f(load_columns(x + j, count)), count);
      });
    } else {
      for_columns(n, [&](size_t j, size_t count) {
        const V sum = add(load_columns(x + j, count), load_columns(bias + j, count));
        store_columns(x + j, f(sum), count);
      });
    }
  }
}

// Columns of a row from j on, with those of the bias added; null: there is none.
inline V biased(const float* x, const float* bias, size_t j, size_t count) {
  const V v = load_columns(x + j, count);
  return bias == nullptr ? v : add(v, load_columns(bias + j, count));
}

// x = gelu(x + bias) of one row. Its chain of operations is longer than a core looks ahead, so that the next vector's
// waits for its end; in two halves, each by four vectors before the other, several are in sight.
inline void add_bias_gelu_row(float* x, size_t n, const float* bias) {
  constexpr size_t kTogether = 4;
  size_t j = 0;
  for (; j + 16 * kTogether <= n; j += 16 * kTogether) {
    V log_tail[kTogether];
    for (size_t i = 0; i < kTogether; ++i) log_tail[i] = gelu_log_tail(biased(x, bias, j + 16 * i, 16));
    for (size_t i = 0; i < kTogether; ++i) {
      const size_t at = j + 16 * i;
      store(x + at, gelu_by_log_tail(biased(x, bias, at, 16), log_tail[i]));
    }
  }
  for_columns(n - j, [&](size_t i, size_t count) {
    store_columns(x + j + i, gelu(biased(x, bias, j + i, count)), count);
  });
}

// What max(0, v) makes of NaN is NaN.
inline V relu(V v) { return max(set1(0.0f), v); }

void add_bias(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return v; });
}
void add_bias_gelu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  for (size_t i = 0; i < rows; ++i, x += ld) add_bias_gelu_row(x, n, bias);
}
void add_bias_gelu_tanh(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return gelu_tanh(v); });
}
void add_bias_relu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return relu(v); });
}
void add_bias_silu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return silu(v); });
}
void add_bias_sigmoid(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return sigmoid(v); });
}
void add_bias_tanh(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  map_with_bias(x, ld, rows, n, bias, [](V v) { return tanh(v); });
}
void log1p_relu(float* x, size_t ld, size_t rows, size_t n) {
  map_with_bias(x, ld, rows, n, nullptr, [](V v) { return log1p(relu(v)); });
}

// x = f(x + bias) * (x[n..] + bias[n..]), the sums left out where bias is null.
template <typename F>
inline void gate_with_bias(float* x, size_t ld, size_t rows, size_t n, const float* bias, F f) {
  for (size_t i = 0; i < rows; ++i, x += ld) {
    for_columns(n, [&](size_t j, size_t count) {
      const V gate = biased(x, bias, j, count);
      const V up = biased(x + n, bias == nullptr ? nullptr : bias + n, j, count);
      store_columns(x + j, mul(f(gate), up), count);
    });
  }
}

void gate_gelu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  gate_with_bias(x, ld, rows, n, bias, [](V v) { return gelu(v); });
}
void gate_gelu_tanh(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  gate_with_bias(x, ld, rows, n, bias, [](V v) { return gelu_tanh(v); });
}
void gate_relu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  gate_with_bias(x, ld, rows, n, bias, [](V v) { return relu(v); });
}
void gate_silu(float* x, size_t ld, size_t rows, size_t n, const float* bias) {
  gate_with_bias(x, ld, rows, n, bias, [](V v) { return silu(v); });
}

// ---- rotary positions ------------------------------------------------------------------------------

void sin_cos_of(const float* x, size_t n, float* sines, float* cosines) {
  for_columns(n, [&](size_t j, size_t count) {
    V s, c;
    sin_cos(load_columns(x + j, count), s, c);
    store_columns(sines + j, s, count);
    store_columns(cosines + j, c, count);
  });
}

void rotate_halves(float* x, size_t ld, size_t rows, size_t half, const float* sines,
                   const float* cosines, size_t ldt) {
  for (size_t i = 0; i < rows; ++i, x += ld, sines += ldt, cosines += ldt) {
    for_columns(half, [&](size_t j, size_t count) {
      const V a = load_columns(x + j, count), b = load_columns(x + half + j, count);
      const V s = load_columns(sines + j, count), c = load_columns(cosines + j, count);
      store_columns(x + j, sub(mul(a, c), mul(b, s)), count);
      store_columns(x + half + j, add(mul(b, c), mul(a, s)), count);
    });
  }
}

// ---- layer norm ------------------------------------------------------------------------------------

// y = (y - mean) / sqrt(variance + eps) * gamma + beta (Ba et al. 2016), in place on R rows at once:
// one row alone would wait for its own additions. `sum` holds each row's lane sums. Calls
// see(r, j, count, v) for what it stores.
template <size_t R, typename See>
inline void normalize_rows(float* y, size_t ld, size_t n, const V (&sum)[R], const float* gamma,
                           const float* beta, float eps, See see) {
  V mean[R], squares[R], inverse[R];
  for (size_t r = 0; r < R; ++r) {
    mean[r] = set1(sum_lanes(sum[r]) / static_cast<float>(n));
    squares[r] = set1(0.0f);
  }
  for_columns(n, [&](size_t j, size_t count) {
    for (size_t r = 0; r < R; ++r) {
      const V d = keep_columns(sub(load_columns(y + r * ld + j, count), mean[r]), count, 0.0f);
      squares[r] = fma(d, d, squares[r]);
    }
  });
  for (size_t r = 0; r < R; ++r) {
    const float variance = sum_lanes(squares[r]) / static_cast<float>(n);
    inverse[r] = set1(1.0f / root(variance + eps));
  }
  for_columns(n, [&](size_t j, size_t count) {
    const V g = load_columns(gamma + j, count), b = load_columns(beta + j, count);
    for (size_t r = 0; r < R; ++r) {
      float* to = y + r * ld + j;
      const V d = sub(load_columns(to, count), mean[r]);
      const V v = fma(mul(d, inverse[r]), g, b);
      store_columns(to, v, count);
      see(r, j, count, v);
    }
  });
}

constexpr auto kSeeNothing = [](size_t, size_t, size_t, V) {};

void add_bias_residual_layer_norm(const float* x, size_t ldx, const float* bias,
                                  const float* residual, size_t ldr, const float* gamma,
                                  const float* beta, float eps, float* y, size_t ldy, size_t rows,
                                  size_t n) {
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    V sum[R];
    for (size_t r = 0; r < R; ++r) sum[r] = set1(0.0f);
    for_columns(n, [&](size_t j, size_t count) {
      const V b = load_columns(bias + j, count);
      for (size_t r = 0; r < R; ++r) {
        const V v = add(add(load_columns(x + (i + r) * ldx + j, count), b),
                        load_columns(residual + (i + r) * ldr + j, count));
        store_columns(y + (i + r) * ldy + j, v, count);
        sum[r] = add(sum[r], v);
      }
    });
    normalize_rows(y + i * ldy, ldy, n, sum, gamma, beta, eps, kSeeNothing);
  });
}

void residual_no_norm(const float* x, size_t ldx, const float* residual, size_t ldr, const float* gamma,
                      const float* beta, float* y, size_t ldy, size_t rows, size_t n) {
  for (size_t i = 0; i < rows; ++i, x += ldx, residual += ldr, y += ldy) {
    for_columns(n, [&](size_t j, size_t count) {
      const V sum = add(load_columns(x + j, count), load_columns(residual + j, count));
      store_columns(y + j, fma(sum, load_columns(gamma + j, count), load_columns(beta + j, count)), count);
    });
  }
}

void embed_layer_norm(const float* word, const float* token_type, const float* position,
                      const int32_t* ids, const int32_t* type_ids, const int32_t* positions,
                      const float* gamma, const float* beta, float eps, float* y, size_t ldy,
                      size_t rows, size_t n) {
  const auto row = [n](const float* table, int32_t i) {
    return table + static_cast<size_t>(i) * n;
  };
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    V sum[R];
    for (size_t r = 0; r < R; ++r) sum[r] = set1(0.0f);
    for_columns(n, [&](size_t j, size_t count) {
      for (size_t r = 0; r < R; ++r) {
        const V v = add(add(load_columns(row(word, ids[i + r]) + j, count),
                            load_columns(row(token_type, type_ids[i + r]) + j, count)),
                        load_columns(row(position, positions[i + r]) + j, count));
        store_columns(y + (i + r) * ldy + j, v, count);
        sum[r] = add(sum[r], v);
      }
    });
    normalize_rows(y + i * ldy, ldy, n, sum, gamma, beta, eps, kSeeNothing);
  });
}

// ---- softmax ---------------------------------------------------------------------------------------

// x = exp(x * scale - most) and its sums, of R rows.
template <size_t R>
inline void exp_rows(float* x, size_t ld, size_t n, V scale, const V* most, float* sums) {
  V sum[R];
  for (size_t r = 0; r < R; ++r) sum[r] = set1(0.0f);
  for_columns(n, [&](size_t j, size_t count) {
    for (size_t r = 0; r < R; ++r) {
      float* at = x + r * ld + j;
      const V e = keep_columns(exp(sub(mul(load(at), scale), most[r])), count, 0.0f);
      store(at, e);
      sum[r] = add(sum[r], e);
    }
  });
  for (size_t r = 0; r < R; ++r) sums[r] = sum_lanes(sum[r]);
}

// The greatest of each of R rows, in all lanes, times scale.
template <size_t R>
inline void greatest_of_rows(const float* x, size_t ld, size_t n, V scale, V (&most)[R]) {
  for (size_t r = 0; r < R; ++r) most[r] = set1(-__builtin_inff());
  for_columns(n, [&](size_t j, size_t count) {
    for (size_t r = 0; r < R; ++r) {
      most[r] = max(most[r], keep_columns(load(x + r * ld + j), count, -__builtin_inff()));
    }
  });
  for (size_t r = 0; r < R; ++r) most[r] = mul(set1(max_lanes(most[r])), scale);
}

void softmax_unnormalized(float* x, size_t ld, size_t rows, size_t n, float scale, float* sums) {
  const V s = set1(scale);
  for_rows(rows, [&]<size_t R>(size_t i) __attribute__((always_inline)) {
    V most[R];
    greatest_of_rows<R>(x + i * ld, ld, n, s, most);
    constexpr size_t kRows = R < kExpRows ? R : kExpRows;
    for (size_t r = 0; r < R; r += kRows) exp_rows<kRows>(x + (i + r) * ld, ld, n, s, most + r, sums + i + r);
  });
}

void scale_add_distance_bias(float* x, size_t ld, size_t rows, size_t n, float scale,
                             const float* bias) {
  const V s = set1(scale);
  for (size_t i = 0; i < rows; ++i, x += ld, --bias) {
    for_columns(n, [&](size_t j, size_t count) {
      store_columns(x + j, fma(load_columns(x + j, count), s, load_columns(bias + j, count)), count);
    });
  }
}

void divide_rows(float* x, size_t ld, size_t rows, size_t n, const float* divisors) {
  for (size_t i = 0; i < rows; ++i, x += ld) {
    const V divisor = set1(divisors[i]);
    for_columns(n, [&](size_t j, size_t count) {
      store_columns(x + j, div(load_columns(x + j, count), divisor), count);
    });
  }
}

void transpose_rows(const float* x, size_t ld, size_t rows, size_t n, float* y) {
  const float* row[16];  // those beyond the last: that one again
  for (size_t i = 0; i < 16; ++i) row[i] = x + (i < rows ? i : rows - 1) * ld;
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    V columns[4];
    load_transposed(row, j, columns);
    for (size_t c = 0; c < 4; ++c) store_columns(y + (j + c) * 16, columns[c], rows);
  }
  for (; j < n; ++j) {
    for (size_t i = 0; i < rows; ++i) y[j * 16 + i] = row[i][j];
  }
}

// ---- from tokens to one vector ---------------------------------------------------------------------

void mean_rows(const float* x, size_t ld, size_t rows, size_t n, float* y) {
  for_columns(n, [&](size_t j, size_t count) {
    V sum = set1(0.0f);
    for (size_t i = 0; i < rows; ++i) sum = add(sum, load_columns(x + i * ld + j, count));
    store_columns(y + j, div(sum, set1(static_cast<float>(rows))), count);
  });
}

void mean_sqrt_len_rows(const float* x, size_t ld, size_t rows, size_t n, float* y) {
  const V divisor = set1(root(static_cast<float>(rows)));
  for_columns(n, [&](size_t j, size_t count) {
    V sum = set1(0.0f);
    for (size_t i = 0; i < rows; ++i) sum = add(sum, load_columns(x + i * ld + j, count));
    store_columns(y + j, div(sum, divisor), count);
  });
}

void weighted_mean_rows(const float* x, size_t ld, size_t first, size_t rows, size_t n, float* y) {
  const V divisor = set1(static_cast<float>(rows * (2 * first + rows - 1) / 2));
  for_columns(n, [&](size_t j, size_t count) {
    V sum = set1(0.0f);
    for (size_t i = 0; i < rows; ++i) {
      sum = fma(load_columns(x + i * ld + j, count), set1(static_cast<float>(first + i)), sum);
    }
    store_columns(y + j, div(sum, divisor), count);
  });
}

void max_rows(const float* x, size_t ld, size_t rows, size_t n, float* y) {
  for_columns(n, [&](size_t j, size_t count) {
    V most = load_columns(x + j, count);
    for (size_t i = 1; i < rows; ++i) most = max(most, load_columns(x + i * ld + j, count));
    store_columns(y + j, most, count);
  });
}

void l2_normalize(float* x, size_t ld, size_t rows, size_t n) {
  for (size_t i = 0; i < rows; ++i, x += ld) {
    V squares = set1(0.0f);
    for_columns(n, [&](size_t j, size_t count) {
      const V v = load_columns(x + j, count);
      squares = fma(v, v, squares);
    });
    const float norm = root(sum_lanes(squares));
    const V divisor = set1(norm < 1e-12f ? 1e-12f : norm);
    for_columns(n, [&](size_t j, size_t count) {
      store_columns(x + j, div(load_columns(x + j, count), divisor), count);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
