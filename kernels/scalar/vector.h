// kernels/scalar/vector.h - the 16-lane vectors of generic/ in plain C++: the definition of what every
// other tier does, and what a compiler makes of it for any x86-64.
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace linnet::kernels {
namespace {

constexpr int32_t kRootHalf = 0x3F3504F3;  // the bits of sqrt(1/2)
constexpr int32_t kSplitOffset = 0x3F800000 - kRootHalf;

struct V {
  float lane[16];
};

constexpr size_t kExpRows = 1;

template <typename F>
inline V each(F f) {
  V y;
  for (size_t i = 0; i < 16; ++i) y.lane[i] = f(i);
  return y;
}

inline V set1(float x) {
  return each([=](size_t) { return x; });
}
inline V load(const float* p) {
  V x;
  memcpy(x.lane, p, sizeof(x.lane));
  return x;
}
inline void store(float* p, V x) { memcpy(p, x.lane, sizeof(x.lane)); }

// Lane i of y[c] is row[i][j + c].
inline void load_transposed(const float* const (&row)[16], size_t j, V (&y)[4]) {
  for (size_t c = 0; c < 4; ++c) y[c] = each([&](size_t i) { return row[i][j + c]; });
}

// The first n lanes from memory, the others +0; touches no memory beyond them.
inline V load_first(const float* p, size_t n) {
  V x = set1(0.0f);
  memcpy(x.lane, p, n * sizeof(float));
  return x;
}
inline void store_first(float* p, V x, size_t n) { memcpy(p, x.lane, n * sizeof(float)); }
// x in the first n lanes, `fill` in the others.
inline V keep_first(V x, size_t n, float fill) {
  return each([&](size_t i) { return i < n ? x.lane[i] : fill; });
}

inline V add(V a, V b) {
  return each([&](size_t i) { return a.lane[i] + b.lane[i]; });
}
inline V sub(V a, V b) {
  return each([&](size_t i) { return a.lane[i] - b.lane[i]; });
}
inline V mul(V a, V b) {
  return each([&](size_t i) { return a.lane[i] * b.lane[i]; });
}
inline V div(V a, V b) {
  return each([&](size_t i) { return a.lane[i] / b.lane[i]; });
}
inline V fma(V a, V b, V c) {  // a * b + c, rounded once
  return each([&](size_t i) { return __builtin_fmaf(a.lane[i], b.lane[i], c.lane[i]); });
}

// (a > b) ? a : b and (a < b) ? a : b: b when either is NaN.
inline V max(V a, V b) {
  return each([&](size_t i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline V min(V a, V b) {
  return each([&](size_t i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
// (a < b) ? x : y; y when either is NaN.
inline V if_less(V a, V b, V x, V y) {
  return each([&](size_t i) { return a.lane[i] < b.lane[i] ? x.lane[i] : y.lane[i]; });
}

// (a < b) ? +0 : y.
inline V zero_if_less(V a, V b, V y) {
  return each([&](size_t i) { return a.lane[i] < b.lane[i] ? 0.0f : y.lane[i]; });
}

inline V abs(V x) {
  return each([&](size_t i) { return __builtin_fabsf(x.lane[i]); });
}
// |x| with the sign of s.
inline V copy_sign(V x, V s) {
  return each([&](size_t i) { return __builtin_copysignf(x.lane[i], s.lane[i]); });
}

// 2^n, with t's lowest 9 bits n + 127.
inline V power_of_two(V t) {
  uint32_t bits[16];
  memcpy(bits, t.lane, sizeof(bits));
  for (size_t i = 0; i < 16; ++i) bits[i] <<= 23;
  memcpy(t.lane, bits, sizeof(bits));
  return t;
}

// p[j] = clamp(nearest(x[j]) + zero, 0, 255) in the first n lanes; |x[j]| and zero below 2^22, or
// x[j] is NaN, which gives 0.
inline void store_bytes(uint8_t* p, V x, int32_t zero, size_t n) {
  for (size_t i = 0; i < n; ++i) {  // adding the constant leaves the nearest whole number
    const float whole = ((x.lane[i] + 0x1.8p23f) - 0x1.8p23f) + static_cast<float>(zero);
    p[i] = static_cast<uint8_t>(whole > 255 ? 255 : whole > 0 ? whole : 0);
  }
}

// The same of two vectors, x's bytes first.
inline void store_bytes(uint8_t* p, V x, V y, int32_t zero) {
  store_bytes(p, x, zero, 16);
  store_bytes(p + 16, y, zero, 16);
}

// Byte c of p's quad i: the lowest byte of lane i of x[c]. 64 bytes.
inline void store_low_bytes(int8_t* p, const V (&x)[4]) {
  for (size_t c = 0; c < 4; ++c) {
    for (size_t i = 0; i < 16; ++i) memcpy(p + i * 4 + c, &x[c].lane[i], 1);  // x86: the lowest byte comes first
  }
}

// Bits 7-13 of lane i in high[i] and bits 0-6 in low[i], of the first n lanes, a multiple of 4.
inline void store_split14(uint8_t* high, uint8_t* low, V x, size_t n) {
  uint32_t bits[16];
  memcpy(bits, x.lane, sizeof(bits));
  for (size_t i = 0; i < n; ++i) {
    high[i] = static_cast<uint8_t>(bits[i] >> 7 & 0x7F);
    low[i] = static_cast<uint8_t>(bits[i] & 0x7F);
  }
}

// The same of two vectors, x's bytes first.
inline void store_split14(uint8_t* high, uint8_t* low, V x, V y) {
  store_split14(high, low, x, 16);
  store_split14(high + 16, low + 16, y, 16);
}

// p[i] = x[i], whole numbers.
inline void store_whole(int32_t* p, V x) {
  for (size_t i = 0; i < 16; ++i) p[i] = static_cast<int32_t>(x.lane[i]);
}

// Where bit `bit` of t is set x, elsewhere y.
inline V if_bit(V t, int bit, V x, V y) {
  uint32_t bits[16];
  memcpy(bits, t.lane, sizeof(bits));
  return each([&](size_t i) { return (bits[i] >> bit & 1) != 0 ? x.lane[i] : y.lane[i]; });
}

// x = mantissa * 2^exponent, the mantissa from sqrt(1/2) to sqrt(2); x is positive and not subnormal.
inline V split(V x, V& exponent) {
  uint32_t bits[16];
  memcpy(bits, x.lane, sizeof(bits));
  for (size_t i = 0; i < 16; ++i) {
    const uint32_t t = bits[i] + kSplitOffset;
    exponent.lane[i] = static_cast<float>(static_cast<int32_t>(t >> 23) - 127);
    bits[i] = (t & 0x7FFFFF) + kRootHalf;
  }
  V mantissa;
  memcpy(mantissa.lane, bits, sizeof(bits));
  return mantissa;
}

inline float root(float x) { return __builtin_sqrtf(x); }

// The tree 8, 4, 2, 1 over the lanes.
inline float sum_lanes(V x) {
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) x.lane[i] = x.lane[i] + x.lane[i + half];
  }
  return x.lane[0];
}
inline float max_lanes(V x) {
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) {
      x.lane[i] = x.lane[i] > x.lane[i + half] ? x.lane[i] : x.lane[i + half];
    }
  }
  return x.lane[0];
}

}  // namespace
}  // namespace linnet::kernels
