// kernels/avx2/vector.h - the 16-lane vectors of generic/ in two AVX registers.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace linnet::kernels {
namespace {

constexpr int32_t kRootHalf = 0x3F3504F3;  // the bits of sqrt(1/2)
constexpr int32_t kSplitOffset = 0x3F800000 - kRootHalf;

struct V {
  __m256 lo, hi;  // lanes 0-7 and 8-15
};

constexpr size_t kExpRows = 2;  // as many at a time as leave exp's constants in registers

inline V set1(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline V load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, V x) {
  _mm256_storeu_ps(p, x.lo);
  _mm256_storeu_ps(p + 8, x.hi);
}

// Lane i of y[c] is row[i][j + c].
inline void load_transposed(const float* const (&row)[16], size_t j, V (&y)[4]) {
  const auto half = [&](size_t first, __m256 V::*part) {
    __m256 x[4];  // four columns of row first + i, then of the row four on
    for (size_t i = 0; i < 4; ++i) {
      x[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row[first + i] + j)),
                                  _mm_loadu_ps(row[first + 4 + i] + j), 1);
    }
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(x[0], x[1]));  // columns 0 and 1 of two rows
    const __m256d b = _mm256_castps_pd(_mm256_unpacklo_ps(x[2], x[3]));
    const __m256d c = _mm256_castps_pd(_mm256_unpackhi_ps(x[0], x[1]));  // columns 2 and 3
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(x[2], x[3]));
    y[0].*part = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
    y[1].*part = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
    y[2].*part = _mm256_castpd_ps(_mm256_unpacklo_pd(c, d));
    y[3].*part = _mm256_castpd_ps(_mm256_unpackhi_pd(c, d));
  };
  half(0, &V::lo);
  half(8, &V::hi);
}

// All ones in lanes below n, 0 <= n <= 16.
inline V lanes_below(size_t n) {
  const __m256i count = _mm256_set1_epi32(static_cast<int>(n));
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(count, lane)),
          _mm256_castsi256_ps(
              _mm256_cmpgt_epi32(count, _mm256_add_epi32(lane, _mm256_set1_epi32(8))))};
}

// The first n lanes from memory, the others +0; touches no memory beyond them.
inline V load_first(const float* p, size_t n) {
  const V mask = lanes_below(n);
  return {_mm256_maskload_ps(p, _mm256_castps_si256(mask.lo)),
          _mm256_maskload_ps(p + 8, _mm256_castps_si256(mask.hi))};
}
// In pieces of 8, 4, 2 and 1: a masked store of AVX takes AMD long (two of 15 lanes on Zen 4: 6.7 ns; so: 1.1).
inline void store_first(float* p, V x, size_t n) {
  if (n == 16) return store(p, x);
  __m256 eight = x.lo;
  if (n & 8) {
    _mm256_storeu_ps(p, eight);
    p += 8;
    eight = x.hi;
  }
  __m128 four = _mm256_castps256_ps128(eight);
  if (n & 4) {
    _mm_storeu_ps(p, four);
    p += 4;
    four = _mm256_extractf128_ps(eight, 1);
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), four);
    p += 2;
    four = _mm_movehl_ps(four, four);
  }
  if (n & 1) _mm_store_ss(p, four);
}
// x in the first n lanes, `fill` in the others.
inline V keep_first(V x, size_t n, float fill) {
  const V mask = lanes_below(n);
  const __m256 f = _mm256_set1_ps(fill);
  return {_mm256_blendv_ps(f, x.lo, mask.lo), _mm256_blendv_ps(f, x.hi, mask.hi)};
}

inline V add(V a, V b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline V sub(V a, V b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline V mul(V a, V b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline V div(V a, V b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
inline V fma(V a, V b, V c) {  // a * b + c, rounded once
  return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}

// (a > b) ? a : b and (a < b) ? a : b: b when either is NaN.
inline V max(V a, V b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline V min(V a, V b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }

// (a < b) ? x : y; y when either is NaN.
inline V if_less(V a, V b, V x, V y) {
  return {_mm256_blendv_ps(y.lo, x.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
          _mm256_blendv_ps(y.hi, x.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ))};
}

// (a < b) ? +0 : y.
inline V zero_if_less(V a, V b, V y) {
  return {_mm256_andnot_ps(_mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), y.lo),
          _mm256_andnot_ps(_mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ), y.hi)};
}

inline V abs(V x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, x.lo), _mm256_andnot_ps(sign, x.hi)};
}
// |x| with the sign of s.
inline V copy_sign(V x, V s) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(sign, x.lo), _mm256_and_ps(sign, s.lo)),
          _mm256_or_ps(_mm256_andnot_ps(sign, x.hi), _mm256_and_ps(sign, s.hi))};
}

// 2^n, with t's lowest 9 bits n + 127.
inline V power_of_two(V t) {
  const auto half = [](__m256 x) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), 23)); };
  return {half(t.lo), half(t.hi)};
}

// p[j] = clamp(nearest(x[j]) + zero, 0, 255) in the first n lanes; |x[j]| and zero below 2^22, or
// x[j] is NaN, which gives 0.
inline void store_bytes(uint8_t* p, V x, int32_t zero, size_t n) {
  const __m256i z = _mm256_set1_epi32(zero);
  const __m256i lo = _mm256_add_epi32(_mm256_cvtps_epi32(x.lo), z);
  const __m256i hi = _mm256_add_epi32(_mm256_cvtps_epi32(x.hi), z);
  // Words 0-3, 8-11, 4-7, 12-15: packing works within the halves of a register.
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(lo, hi), 0xD8);
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  if (n == 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
  } else {
    __builtin_memcpy(p, &bytes, n);
  }
}

// The same of two vectors, x's bytes first.
inline void store_bytes(uint8_t* p, V x, V y, int32_t zero) {
  const __m256i z = _mm256_set1_epi16(static_cast<int16_t>(zero));
  const auto words = [z](V v) {  // 0-3, 8-11, 4-7, 12-15: packing works within the halves of a register
    const __m256i whole = _mm256_packs_epi32(_mm256_cvtps_epi32(v.lo), _mm256_cvtps_epi32(v.hi));
    return _mm256_adds_epi16(whole, z);
  };
  const __m256i bytes = _mm256_packus_epi16(words(x), words(y));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permutevar8x32_epi32(bytes, order));
}

// Byte c of p's quad i: the lowest byte of lane i of x[c]. 64 bytes.
inline void store_low_bytes(int8_t* p, const V (&x)[4]) {
  const auto half = [&](int8_t* to, __m256 V::*part) {
    const auto bits = [&](size_t c) { return _mm256_castps_si256(x[c].*part); };
    const auto pair = [](__m256i low, __m256i high) {  // their low bytes in the low halves of the lanes
      return _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi32(0xFF)), _mm256_slli_epi32(high, 8));
    };
    const __m256i upper = _mm256_slli_epi32(pair(bits(2), bits(3)), 16);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_blend_epi16(pair(bits(0), bits(1)), upper, 0xAA));
  };
  half(p, &V::lo);
  half(p + 32, &V::hi);
}

// The lowest 14 bits of v's lanes as words 0-3, 8-11, 4-7, 12-15: packing works within the halves of a register.
inline __m256i words_of_14_bits(V v) {
  const __m256i fourteen = _mm256_set1_epi32(0x3FFF);
  return _mm256_packs_epi32(_mm256_and_si256(_mm256_castps_si256(v.lo), fourteen),
                            _mm256_and_si256(_mm256_castps_si256(v.hi), fourteen));
}

// Bits 7-13 of lane i in high[i] and bits 0-6 in low[i], of the first n lanes, a multiple of 4.
inline void store_split14(uint8_t* high, uint8_t* low, V x, size_t n) {
  const __m256i words = words_of_14_bits(x);
  const __m256i packed =
      _mm256_packus_epi16(_mm256_srli_epi16(words, 7), _mm256_and_si256(words, _mm256_set1_epi16(0x7F)));
  const __m256i bytes = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  __builtin_memcpy(high, &bytes, n);
  __builtin_memcpy(low, reinterpret_cast<const char*>(&bytes) + 16, n);
}

// The same of two vectors, x's bytes first.
inline void store_split14(uint8_t* high, uint8_t* low, V x, V y) {
  const __m256i of_x = words_of_14_bits(x), of_y = words_of_14_bits(y), seven = _mm256_set1_epi16(0x7F);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const auto store_ordered = [&](uint8_t* p, __m256i a, __m256i b) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order));
  };
  store_ordered(high, _mm256_srli_epi16(of_x, 7), _mm256_srli_epi16(of_y, 7));
  store_ordered(low, _mm256_and_si256(of_x, seven), _mm256_and_si256(of_y, seven));
}

// p[i] = x[i], whole numbers.
inline void store_whole(int32_t* p, V x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_cvtps_epi32(x.lo));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 8), _mm256_cvtps_epi32(x.hi));
}

// Where bit `bit` of t is set x, elsewhere y.
inline V if_bit(V t, int bit, V x, V y) {
  const auto half = [bit](__m256 a, __m256 b, __m256 c) {  // the bit becomes the sign, which is asked
    return _mm256_blendv_ps(c, b, _mm256_castsi256_ps(
                                      _mm256_slli_epi32(_mm256_castps_si256(a), 31 - bit)));
  };
  return {half(t.lo, x.lo, y.lo), half(t.hi, x.hi, y.hi)};
}

// x = mantissa * 2^exponent, the mantissa from sqrt(1/2) to sqrt(2); x is positive and not subnormal.
inline V split(V x, V& exponent) {
  const auto half = [](__m256 a, __m256& e) {
    const __m256i t = _mm256_add_epi32(_mm256_castps_si256(a), _mm256_set1_epi32(kSplitOffset));
    e = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(t, 23), _mm256_set1_epi32(127)));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_and_si256(t, _mm256_set1_epi32(0x7FFFFF)),
                                                _mm256_set1_epi32(kRootHalf)));
  };
  return {half(x.lo, exponent.lo), half(x.hi, exponent.hi)};
}

inline float root(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

// The tree 8, 4, 2, 1 over the lanes.
inline float sum_lanes(V x) {
  const __m256 eight = _mm256_add_ps(x.lo, x.hi);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float max_lanes(V x) {
  const __m256 eight = _mm256_max_ps(x.lo, x.hi);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace
}  // namespace linnet::kernels
