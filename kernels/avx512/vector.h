// kernels/avx512/vector.h - the 16-lane vectors of generic/ in one AVX-512 register.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

constexpr int32_t kRootHalf = 0x3F3504F3;  // the bits of sqrt(1/2)
constexpr int32_t kSplitOffset = 0x3F800000 - kRootHalf;

struct V {
  __m512 all;
};

constexpr size_t kExpRows = 4;  // as many at a time as leave exp's constants in registers

inline V set1(float x) { return {_mm512_set1_ps(x)}; }
inline V load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void store(float* p, V x) { _mm512_storeu_ps(p, x.all); }

// Lane i of y[c] is row[i][j + c].
inline void load_transposed(const float* const (&row)[16], size_t j, V (&y)[4]) {
  __m512 x[4];  // four columns of rows i, 4 + i, 8 + i and 12 + i
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    x[i] = _mm512_castps128_ps512(_mm_loadu_ps(row[i] + j));
    x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[4 + i] + j), 1);
    x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[8 + i] + j), 2);
    x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[12 + i] + j), 3);
  }
  const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(x[0], x[1]));  // columns 0 and 1 of two rows
  const __m512d b = _mm512_castps_pd(_mm512_unpacklo_ps(x[2], x[3]));
  const __m512d c = _mm512_castps_pd(_mm512_unpackhi_ps(x[0], x[1]));  // columns 2 and 3
  const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(x[2], x[3]));
  y[0].all = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
  y[1].all = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
  y[2].all = _mm512_castpd_ps(_mm512_unpacklo_pd(c, d));
  y[3].all = _mm512_castpd_ps(_mm512_unpackhi_pd(c, d));
}

inline __mmask16 lanes_below(size_t n) { return static_cast<__mmask16>((1u << n) - 1); }

// The first n lanes from memory, the others +0; touches no memory beyond them.
inline V load_first(const float* p, size_t n) { return {_mm512_maskz_loadu_ps(lanes_below(n), p)}; }
inline void store_first(float* p, V x, size_t n) { _mm512_mask_storeu_ps(p, lanes_below(n), x.all); }
// x in the first n lanes, `fill` in the others.
inline V keep_first(V x, size_t n, float fill) {
  return {_mm512_mask_blend_ps(lanes_below(n), _mm512_set1_ps(fill), x.all)};
}

inline V add(V a, V b) { return {_mm512_add_ps(a.all, b.all)}; }
inline V sub(V a, V b) { return {_mm512_sub_ps(a.all, b.all)}; }
inline V mul(V a, V b) { return {_mm512_mul_ps(a.all, b.all)}; }
inline V div(V a, V b) { return {_mm512_div_ps(a.all, b.all)}; }
inline V fma(V a, V b, V c) { return {_mm512_fmadd_ps(a.all, b.all, c.all)}; }  // rounded once

// (a > b) ? a : b and (a < b) ? a : b: b when either is NaN.
inline V max(V a, V b) { return {_mm512_max_ps(a.all, b.all)}; }
inline V min(V a, V b) { return {_mm512_min_ps(a.all, b.all)}; }

// (a < b) ? x : y; y when either is NaN.
inline V if_less(V a, V b, V x, V y) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.all, b.all, _CMP_LT_OQ), y.all, x.all)};
}

// (a < b) ? +0 : y.
inline V zero_if_less(V a, V b, V y) {
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a.all, b.all, _CMP_NLT_UQ), y.all)};
}

inline V abs(V x) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), x.all)}; }
// |x| with the sign of s.
inline V copy_sign(V x, V s) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  return {_mm512_or_ps(_mm512_andnot_ps(sign, x.all), _mm512_and_ps(sign, s.all))};
}

// 2^n, with t's lowest 9 bits n + 127.
inline V power_of_two(V t) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(t.all), 23))};
}

// p[j] = clamp(nearest(x[j]) + zero, 0, 255) in the first n lanes; |x[j]| and zero below 2^22, or
// x[j] is NaN, which gives 0.
inline void store_bytes(uint8_t* p, V x, int32_t zero, size_t n) {
  const __m512i whole = _mm512_add_epi32(_mm512_cvtps_epi32(x.all), _mm512_set1_epi32(zero));
  const __m512i positive = _mm512_max_epi32(whole, _mm512_setzero_si512());
  if (n == 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtusepi32_epi8(positive));
  } else {
    _mm512_mask_cvtusepi32_storeu_epi8(p, lanes_below(n), positive);
  }
}

// The same of two vectors, x's bytes first.
inline void store_bytes(uint8_t* p, V x, V y, int32_t zero) {
  // Packing works within the quarters of a register: words 0-3 of x and of y, 4-7 of both, ...
  const __m512i whole = _mm512_packs_epi32(_mm512_cvtps_epi32(x.all), _mm512_cvtps_epi32(y.all));
  const __m512i words = _mm512_adds_epi16(whole, _mm512_set1_epi16(static_cast<int16_t>(zero)));
  const __m256i bytes = _mm512_cvtusepi16_epi8(_mm512_max_epi16(words, _mm512_setzero_si512()));
  const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permutevar8x32_epi32(bytes, order));
}

// Byte c of p's quad i: the lowest byte of lane i of x[c]. 64 bytes.
inline void store_low_bytes(int8_t* p, const V (&x)[4]) {
  const auto bits = [&](size_t c) { return _mm512_castps_si512(x[c].all); };
  const auto pair = [](__m512i low, __m512i high) {  // their low bytes in the low halves of the lanes
    return _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAA, low, _mm512_slli_epi32(high, 8));
  };
  const __m512i upper = _mm512_slli_epi32(pair(bits(2), bits(3)), 16);
  _mm512_storeu_si512(p, _mm512_mask_blend_epi16(0xAAAAAAAA, pair(bits(0), bits(1)), upper));
}

// Bits 7-13 of lane i in high[i] and bits 0-6 in low[i], of the first n lanes, a multiple of 4.
inline void store_split14(uint8_t* high, uint8_t* low, V x, size_t n) {
  const __m512i bits = _mm512_castps_si512(x.all), seven = _mm512_set1_epi32(0x7F);
  const __mmask16 lanes = lanes_below(n);
  _mm512_mask_cvtepi32_storeu_epi8(high, lanes, _mm512_and_si512(_mm512_srli_epi32(bits, 7), seven));
  _mm512_mask_cvtepi32_storeu_epi8(low, lanes, _mm512_and_si512(bits, seven));
}

// The same of two vectors, x's bytes first.
inline void store_split14(uint8_t* high, uint8_t* low, V x, V y) {
  const __m512i fourteen = _mm512_set1_epi32(0x3FFF);
  const auto bits = [&](V v) { return _mm512_and_si512(_mm512_castps_si512(v.all), fourteen); };
  // Packing works within the quarters of a register: words 0-3 of x and of y, 4-7 of both, ...; of those the high
  // bytes and the low ones.
  const __m512i words = _mm512_packs_epi32(bits(x), bits(y));
  const __m512i bytes =
      _mm512_packus_epi16(_mm512_srli_epi16(words, 7), _mm512_and_si512(words, _mm512_set1_epi16(0x7F)));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i ordered = _mm512_permutexvar_epi32(order, bytes);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(high), _mm512_castsi512_si256(ordered));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(low), _mm512_extracti64x4_epi64(ordered, 1));
}

// p[i] = x[i], whole numbers.
inline void store_whole(int32_t* p, V x) { _mm512_storeu_si512(p, _mm512_cvtps_epi32(x.all)); }

// Where bit `bit` of t is set x, elsewhere y.
inline V if_bit(V t, int bit, V x, V y) {
  const __mmask16 set = _mm512_test_epi32_mask(_mm512_castps_si512(t.all), _mm512_set1_epi32(1 << bit));
  return {_mm512_mask_blend_ps(set, y.all, x.all)};
}

// x = mantissa * 2^exponent, the mantissa from sqrt(1/2) to sqrt(2); x is positive and not subnormal.
inline V split(V x, V& exponent) {
  const __m512i t = _mm512_add_epi32(_mm512_castps_si512(x.all), _mm512_set1_epi32(kSplitOffset));
  exponent.all =
      _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(t, 23), _mm512_set1_epi32(127)));
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_and_si512(t, _mm512_set1_epi32(0x7FFFFF)),
                                               _mm512_set1_epi32(kRootHalf)))};
}

inline float root(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

// The tree 8, 4, 2, 1 over the lanes.
inline float sum_lanes(V x) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x.all), _mm512_extractf32x8_ps(x.all, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float max_lanes(V x) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(x.all), _mm512_extractf32x8_ps(x.all, 1));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace
}  // namespace linnet::kernels
