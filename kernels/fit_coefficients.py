"""Fits the polynomials of generic/transcendentals.h. Run by hand; prints C++ arrays.

Needs mpmath and numpy. Each fit is weighted least squares on Chebyshev nodes, reweighted towards
equal errors (Lawson's iteration), in double precision against 40-digit values; the coefficients are
then rounded to float.
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40


def fit(f, weight, low, high, degree, points=600, rounds=200):
    """Coefficients c[0..degree] with f(x) ~ sum c[i] x^i; |error| / weight(x) nearly level."""
    nodes = np.cos(np.pi * (np.arange(points) + 0.5) / points)
    x = (low + high) / 2 + (high - low) / 2 * nodes
    y = np.array([float(f(mp.mpf(float(v)))) for v in x])
    scale = np.array([1 / weight(v) for v in x])
    powers = np.polynomial.chebyshev.chebvander(nodes, degree)
    lawson = np.ones(points)
    for _ in range(rounds):
        w = np.sqrt(lawson) * scale
        chebyshev = np.linalg.lstsq(powers * w[:, None], y * w, rcond=None)[0]
        error = np.abs(powers @ chebyshev - y) * scale
        lawson *= error
        lawson /= lawson.sum()
    in_nodes = np.polynomial.Polynomial(np.polynomial.chebyshev.cheb2poly(chebyshev))
    to_nodes = np.polynomial.Polynomial([-(low + high) / (high - low), 2 / (high - low)])
    return in_nodes(to_nodes).coef, error.max()


def show(name, coefficients, error):
    values = ", ".join(f"{float(np.float32(c)).hex()}f" for c in coefficients)
    print(f"// weighted error {error:.2g} before rounding\n{name}[] = {{{values}}};")


def exp_tail(r):  # (exp(r) - 1 - r) / r^2
    return mp.mpf(1) / 2 if r == 0 else (mp.exp(r) - 1 - r) / r**2


def log_scaled_tail(t):  # ln(Phi(-t)) + t^2 / 2
    return mp.log(mp.erfc(t / mp.sqrt(2)) / 2) + t * t / 2


def tanh_tail(u):  # (tanh(x) - x) / x^3, u = x^2
    x = mp.sqrt(u)
    return -mp.mpf(1) / 3 if u == 0 else (mp.tanh(x) - x) / x**3


half_ln2 = float(mp.log(2)) / 2
show("kExp", *fit(exp_tail, lambda r: 1.0, -half_ln2 * 1.001, half_ln2 * 1.001, 4))
# gelu(-t) = t * Phi(-t): where that is small, a larger error of the logarithm does no harm.
show("kPhi", *fit(log_scaled_tail,
                  lambda t: min(0.05 / max(t * float(mp.erfc(t / mp.sqrt(2)) / 2), 1e-9), 2e3)
                  if t > 1 else 1.0, 0.0, 5.5, 10))
# -a * Phi(-a) for a = u + 2 from 0 to 4, near 0 a little better.
show("kTail", *fit(lambda u: -mp.erfc((u + 2) / mp.sqrt(2)) / 2,
                   lambda u: min(1 / max(u + 2, 1e-9), 4.0), -2.0, 2.0, 6))
show("kTanh", *fit(tanh_tail, lambda u: 1.0, 0.0, 0.36, 4))


def log_tail(f):  # (log(1 + f) - f + f^2 / 2) / f^3
    if abs(f) < 1e-10:
        return mp.mpf(1) / 3 - f / 4
    return (mp.log1p(f) - f + f * f / 2) / f**3


def sin_tail(u):  # (sin(x) - x) / x^3, u = x^2
    x = mp.sqrt(u)
    return -mp.mpf(1) / 6 if u < 1e-20 else (mp.sin(x) - x) / x**3


def cos_tail(u):  # (cos(x) - 1 + x^2 / 2) / x^4, u = x^2
    x = mp.sqrt(u)
    return mp.mpf(1) / 24 if u < 1e-10 else (mp.cos(x) - 1 + u / 2) / u**2


show("kLog", *fit(log_tail, lambda f: 1.0, 0.5**0.5 - 1, 2**0.5 - 1, 8))
quarter_pi = float(mp.pi) / 4
show("kSin", *fit(sin_tail, lambda u: 1.0, 0.0, quarter_pi**2 * 1.001, 3))
show("kCos", *fit(cos_tail, lambda u: 1.0, 0.0, quarter_pi**2 * 1.001, 3))
show("kPowerOfTwo", *fit(lambda x: mp.mpf(127) / 128 * 2**x, lambda x: 127 / 128 * 2.0**x, -0.5, 0.5, 3))
