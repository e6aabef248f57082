// kernels/generic/transcendentals.h - exp, GELU, tanh and others: one polynomial each, on every tier.
//
// Included after a tier's vector.h. Coefficients: kernels/fit_coefficients.py. The bounds are the
// largest errors over every float of the range, measured by tests/kernels/transcendentals_test.
#pragma once

#include <iterator>

#include "kernels/unroll.h"

namespace linnet::kernels {
namespace {

constexpr float kRounder = 0x1.8p23f;  // adding it leaves the nearest whole number in the low bits

template <size_t N>
inline V polynomial(const float (&c)[N], V x) {  // c[0] + c[1] x + c[2] x^2 + ...
  V y = set1(c[N - 1]);
  for (size_t i = N - 1; i-- > 0;) y = fma(y, x, set1(c[i]));
  return y;
}

// exp(x) for x <= 88; below -87.33 it is +0, so that no result is subnormal. NaN stays NaN.
// Within 0.97 units in the last place.
inline V exp(V x) {
  constexpr float kTail[] = {0x1.000000p-1f, 0x1.5554dcp-3f, 0x1.5554b8p-5f, 0x1.120be6p-7f,
                             0x1.6d75eep-10f};  // (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2
  const V rounder = set1(kRounder + 127.0f);  // as power_of_two() wants it
  const V one = set1(1.0f);

  const V t = fma(x, set1(0x1.715476p0f), rounder);  // x / ln 2
  const V n = sub(t, rounder);
  V r = fma(n, set1(-0x1.62e400p-1f), x);   // ln 2 in two parts: the first has 9 zero bits at
  r = fma(n, set1(-0x1.7f7d1cp-20f), r);    // its end, so that its product with n is exact
  const V tail = polynomial(kTail, r);
  const V y = fma(fma(tail, r, one), r, one);
  return zero_if_less(x, set1(-87.33f), mul(y, power_of_two(t)));  // a product: whatever its bits, NaN stays NaN
}

// The nearest whole number to 16256 * 2^x, x <= 0, in the low bits of the sum with kRounder that it comes as. NaN stays
// NaN. Before it is rounded within 7.5e-5 of it, or 1/8.
inline V round_power_of_two(V x) {
  constexpr float kPowerOfTwo[] = {0x1.fbf6a4p-1f, 0x1.602d34p-1f, 0x1.ecfc5ep-3f,
                                   0x1.c06f70p-5f};  // 127 / 128 * 2^x, |x| <= 1/2
  const V rounder = set1(kRounder + 14.0f + 127.0f);  // 16256 = 127 / 128 * 2^14; as power_of_two() wants it
  const V bounded = max(set1(-17.0f), x);
  const V t = add(bounded, rounder), n = sub(t, rounder);
  return fma(polynomial(kPowerOfTwo, sub(bounded, n)), power_of_two(t), set1(kRounder));
}

// x * Phi(x), Phi the normal distribution: GELU in its erf form (Hendrycks & Gimpel 2016). With
// Phi(-t) = exp(-t^2 / 2 + h(t)) and h smooth, both tails keep their accuracy: no 1 + erf(x) cancels.
// Relative error at most 2.2e-7 above 0, but of results that are subnormal; absolute at most 4.7e-8 below.
inline V gelu_log_tail(V x) {  // log Phi(-|x|)
  constexpr float kLogTail[] = {-0x1.62e430p-1f, -0x1.988462p-1f, 0x1.741c36p-3f, -0x1.29c91ep-5f,
                                0x1.3b1660p-8f,  0x1.0062b8p-16f, -0x1.b1284ep-13f, 0x1.ea94b6p-15f,
                                -0x1.2a6a40p-17f, 0x1.93c30cp-21f, -0x1.db21e8p-26f};
  const V t = abs(x);
  const V h = polynomial(kLogTail, min(t, set1(5.5f)));
  return fma(mul(t, set1(-0.5f)), t, h);
}
inline V gelu_by_log_tail(V x, V log_tail) {
  const V tail = exp(log_tail);
  return mul(x, if_less(x, set1(0.0f), tail, sub(set1(1.0f), tail)));
}
inline V gelu(V x) { return gelu_by_log_tail(x, gelu_log_tail(x)); }

// GELU (erf form) of R vectors for values that become bytes, with a third of gelu's operations: max(x, 0) - a Phi(-a)
// with a = min(|x|, 4) and Phi a polynomial around the middle of that. 0 stays 0. Absolute error at most 2.00e-4,
// for |x| <= 0.1 at most 7.5e-4 |x| (and 2^-149): of a row that reaches 1, the bytes' step is 23 times larger.
template <size_t R>
inline void gelu_for_bytes(V (&x)[R]) {
  constexpr float kTail[] = {-0x1.7374e6p-6f, 0x1.bc3808p-5f, -0x1.c1842ep-5f, 0x1.b33c2ep-6f, -0x1.93226ap-9f,
                             -0x1.223604p-9f, 0x1.521f24p-11f};  // -Phi(-(u + 2))
  constexpr size_t kDegree = std::size(kTail) - 1;
  V a[R], u[R], tail[R];
  unroll<R>([&](auto r) {
    a[r] = min(abs(x[r]), set1(4.0f));
    u[r] = sub(a[r], set1(2.0f));
    tail[r] = set1(kTail[kDegree]);
  });
  unroll<kDegree>([&](auto i) {
    const V c = set1(kTail[kDegree - 1 - i]);
    unroll<R>([&](auto r) { tail[r] = fma(tail[r], u[r], c); });
  });
  unroll<R>([&](auto r) { x[r] = fma(a[r], tail[r], max(set1(0.0f), x[r])); });  // NaN stays NaN
}

// GELU in its tanh form, x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), as x * sigmoid(2 u): with
// e = exp(-2 |u|) both sides keep their accuracy. Relative error at most 1.5e-7 above 0, but of results
// that are subnormal; absolute at most 5.8e-8 below.
inline V gelu_tanh(V x) {
  const V cube = mul(mul(x, x), x);
  const V u = mul(fma(cube, set1(0.044715f), x), set1(0x1.988454p-1f));
  const V e = exp(mul(abs(u), set1(-2.0f)));
  const V one = set1(1.0f);
  return div(mul(x, if_less(x, set1(0.0f), e, one)), add(one, e));
}

// Within 1.51 units in the last place.
inline V tanh(V x) {
  constexpr float kSmall[] = {-0x1.555554p-2f, 0x1.110ef8p-3f, -0x1.b95ad4p-5f, 0x1.5a0dd0p-6f,
                              -0x1.9bce78p-8f};  // (tanh(x) - x) / x^3 in x^2, for |x| <= 0.6
  const V one = set1(1.0f);
  const V square = mul(x, x);
  const V near = fma(mul(x, square), polynomial(kSmall, square), x);

  const V e = exp(mul(abs(x), set1(-2.0f)));
  const V far = copy_sign(div(sub(one, e), add(one, e)), x);
  return if_less(abs(x), set1(0.6f), near, far);
}

// 1 / (1 + exp(-x)); +0 below -87.33. Within 2.41 units in the last place.
inline V sigmoid(V x) {
  const V one = set1(1.0f);
  const V e = exp(mul(abs(x), set1(-1.0f)));  // never large
  return div(if_less(x, set1(0.0f), e, one), add(one, e));
}

// x * sigmoid(x), also known as swish (Elfwing et al. 2017). Within 3.23 units in the last place above
// -87.33; below it is -0.
inline V silu(V x) { return mul(x, sigmoid(x)); }

// log(1 + x) for x >= 0. Within 0.83 units in the last place.
inline V log1p(V x) {
  constexpr float kTail[] = {0x1.555554p-2f,  -0x1.ffffe6p-3f, 0x1.999d36p-3f,
                             -0x1.55625cp-3f, 0x1.23dd1ap-3f,  -0x1.fbc4d4p-4f,
                             0x1.dc8e48p-4f,  -0x1.dd9738p-4f, 0x1.2c5724p-4f};
                             // (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f from sqrt(1/2) to sqrt(2)
  const V one = set1(1.0f);
  const V u = add(one, x);
  V exponent;
  const V mantissa = split(u, exponent);  // u = mantissa * 2^exponent
  // What rounding took from 1 + x comes back as a relative correction; a small x is taken as it is.
  const V lost = div(sub(x, sub(u, one)), u);
  const V small = set1(0x1.a8279ap-2f);
  const V f = if_less(x, small, x, sub(mantissa, one));
  const V correction = zero_if_less(x, small, fma(exponent, set1(0x1.7f7d1cp-20f), lost));
  const V whole = zero_if_less(x, small, mul(exponent, set1(0x1.62e400p-1f)));
  const V square = mul(f, f);
  const V tail = fma(mul(f, square), polynomial(kTail, f), mul(square, set1(-0.5f)));
  const V y = add(whole, add(f, add(tail, correction)));
  return if_less(x, set1(__builtin_inff()), y, x);
}

// sin and cos of x for |x| <= 65536. Absolute error at most 9.5e-8.
inline void sin_cos(V x, V& sin, V& cos) {
  constexpr float kSin[] = {-0x1.555556p-3f, 0x1.11110ep-7f, -0x1.a013a6p-13f, 0x1.6dbd3ep-19f};
  constexpr float kCos[] = {0x1.555556p-5f, -0x1.6c16c0p-10f, 0x1.a015c2p-16f, -0x1.2523c0p-22f};
  const V rounder = set1(kRounder), one = set1(1.0f), zero = set1(0.0f);
  const V t = fma(x, set1(0x1.45f306p-1f), rounder);  // x / (pi / 2), whole, in the lowest bits
  const V n = sub(t, rounder);
  V r = fma(n, set1(-0x1.92p0f), x);  // pi / 2 in three parts, of 11 bits, 11 bits and the rest
  r = fma(n, set1(-0x1.fb4p-12f), r);
  r = fma(n, set1(-0x1.4442d2p-24f), r);
  const V square = mul(r, r);
  const V s = fma(mul(r, square), polynomial(kSin, square), r);
  const V c = fma(mul(square, square), polynomial(kCos, square), fma(square, set1(-0.5f), one));
  const V a = if_bit(t, 0, c, s), b = if_bit(t, 0, s, c);  // a quarter turn swaps them
  sin = if_bit(t, 1, sub(zero, a), a);
  cos = if_bit(add(t, one), 1, sub(zero, b), b);
}

}  // namespace
}  // namespace linnet::kernels
