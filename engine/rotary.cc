#include "engine/rotary.h"

#include <algorithm>

namespace linnet::engine {
namespace {

double power(double x, size_t n) {
  double y = 1;
  for (; n > 0; n /= 2, x *= x) {
    if (n % 2 == 1) y *= x;
  }
  return y;
}

// The n-th root of a >= 1, by bisection until no number lies between: pow of libm is another one on another
// CPU.
double root(double a, size_t n) {
  double low = 1, high = a;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return low;
    if (power(middle, n) > a) {
      high = middle;
    } else {
      low = middle;
    }
  }
}

}  // namespace

RotaryScratch::RotaryScratch(const RotaryConfig& config)
    : frequencies(config.size / 2),
      angles(config.size / 2),
      sines(config.size / 2),
      cosines(config.size / 2) {}

void rotary_frequencies(const RotaryConfig& config, size_t length, float* y) {
  const size_t n = config.size / 2;
  const double factor = config.ntk_factor;
  double ratio = root(config.base * factor, n);  // of one frequency to the next
  if (config.stretch > 0 && length > config.unstretched && n > 1) {
    const double longer = static_cast<double>(length) / config.unstretched;
    ratio *= root(config.stretch * longer - (config.stretch - 1), n - 1);
  }
  double wavelength = root(factor, n);
  for (size_t i = 0; i < n; ++i, wavelength *= ratio) y[i] = 1.0f / static_cast<float>(wavelength);
}

void rotate(const RotaryConfig& config, const kernels::Kernels& kernels, size_t length, size_t position,
            float* x, size_t heads, size_t d, RotaryScratch& scratch) {
  const size_t n = config.size / 2, like = std::max<size_t>(length, config.unstretched);
  if (scratch.length != like) {
    rotary_frequencies(config, like, scratch.frequencies.data());
    scratch.length = like;
  }
  const auto at = static_cast<float>(position);
  for (size_t i = 0; i < n; ++i) scratch.angles.data()[i] = at * scratch.frequencies.data()[i];
  kernels.sin_cos(scratch.angles.data(), n, scratch.sines.data(), scratch.cosines.data());
  kernels.rotate_halves(x, d, heads, n, scratch.sines.data(), scratch.cosines.data(), 0);
}

}  // namespace linnet::engine
