#include "engine/error_feedback.h"

#include <algorithm>
#include <cmath>

#include "engine/pieces.h"
#include "engine/workspace.h"

namespace linnet::engine {
namespace {

constexpr size_t kWidth = 16;  // columns of a panel, and rows that are worked on together

// Added to the diagonal, as a share of its mean: what a few thousand rows do not show is not taken for zero.
constexpr float kDamping = 0.2f;

// H of the inputs, its upper triangle in panels: columns 16p..16p+15 in [k16][16] from p * k16 * 16 on.
base::AlignedBuffer<float> gram(const kernels::Kernels& kernels, Threads& threads, std::span<const float> x,
                                std::span<const float> balance) {
  const size_t k = balance.size(), panels = (k + kWidth - 1) / kWidth, k16 = panels * kWidth, rows = x.size() / k;
  const size_t stride = padded_stride(rows);
  base::AlignedBuffer<float> packed(k16 * rows), transposed(k16 * stride), h(k16 * k16);
  run_pieces(threads, 0, panels, [&](size_t p, uint32_t) {
    for (size_t row = 0; row < rows; ++row) {
      for (size_t j = p * kWidth; j < std::min(k, (p + 1) * kWidth); ++j) {
        const float value = x[row * k + j] * balance[j];
        packed.data()[(p * rows + row) * kWidth + j % kWidth] = value;
        transposed.data()[j * stride + row] = value;
      }
    }
  });
  run_pieces(threads, 0, panels, [&](size_t i, uint32_t) {
    const size_t p = panels - 1 - i;  // the longest first
    kernels.gemm_f32(transposed.data(), stride, (p + 1) * kWidth, packed.data() + p * rows * kWidth, 1, rows,
                     h.data() + p * k16 * kWidth, kWidth);
  });
  return h;
}

// Cholesky's factor of a block [16][16], R'R, in the place of its upper triangle. False: it is not positive definite.
bool factor_block(float* block) {
  for (size_t i = 0; i < kWidth; ++i) {
    float* const row = block + i * kWidth;
    for (size_t c = 0; c < i; ++c) {
      for (size_t j = i; j < kWidth; ++j) row[j] -= block[c * kWidth + i] * block[c * kWidth + j];
    }
    if (!(row[i] > 0) || !std::isfinite(row[i])) return false;
    const float root = std::sqrt(row[i]);
    for (size_t j = i; j < kWidth; ++j) row[j] /= root;
  }
  return true;
}

// s [16][16] becomes R'^-1 s, R the factor of a block.
void solve(const float* r, float* s) {
  for (size_t i = 0; i < kWidth; ++i) {
    for (size_t c = 0; c < i; ++c) {
      for (size_t j = 0; j < kWidth; ++j) s[i * kWidth + j] -= r[c * kWidth + i] * s[c * kWidth + j];
    }
    for (size_t j = 0; j < kWidth; ++j) s[i * kWidth + j] /= r[i * kWidth + i];
  }
}

// R of H = R'R in the place of H's upper triangle, 16 rows after 16 rows. False: H is not positive definite.
bool factor(const kernels::Kernels& kernels, Threads& threads, float* h, size_t k16) {
  base::AlignedBuffer<float> above(kWidth * k16);
  for (size_t first = 0; first < k16; first += kWidth) {
    const size_t own = first / kWidth;
    // What stands above the block on the diagonal, transposed: [16][first].
    for (size_t c = 0; c < first; ++c) {
      for (size_t j = 0; j < kWidth; ++j) above.data()[j * first + c] = h[(own * k16 + c) * kWidth + j];
    }
    const auto subtract_above = [&](size_t p) {
      float* const panel = h + p * k16 * kWidth;
      float* const block = panel + first * kWidth;
      float products[kWidth * kWidth] = {};
      if (first > 0) kernels.gemm_f32(above.data(), first, kWidth, panel, 1, first, products, kWidth);
      for (size_t i = 0; i < kWidth * kWidth; ++i) block[i] -= products[i];
      return block;
    };
    float* const diagonal = subtract_above(own);
    if (!factor_block(diagonal)) return false;
    run_pieces(threads, own + 1, k16 / kWidth, [&](size_t p, uint32_t) { solve(diagonal, subtract_above(p)); });
  }
  return true;
}

}  // namespace

ErrorFeedback error_feedback(const kernels::Kernels& kernels, Threads& threads, std::span<const float> x,
                             std::span<const float> balance) {
  const size_t k = balance.size(), k16 = (k + kWidth - 1) / kWidth * kWidth;
  base::AlignedBuffer<float> h = gram(kernels, threads, x, balance);
  const auto diagonal = [&](size_t j) -> float& { return h.data()[(j / kWidth * k16 + j) * kWidth + j % kWidth]; };
  float sum = 0;
  for (size_t j = 0; j < k; ++j) sum += diagonal(j);
  if (!(sum > 0)) return {};
  for (size_t j = 0; j < k16; ++j) diagonal(j) += kDamping * sum / static_cast<float>(k);
  if (!factor(kernels, threads, h.data(), k16)) return {};

  ErrorFeedback feedback{.u = base::AlignedBuffer<float>(k16 * padded_stride(k16)), .stride = padded_stride(k16)};
  for (size_t j = 0; j < k16; ++j) {
    const float root = diagonal(j);
    for (size_t p = j / kWidth; p < k16 / kWidth; ++p) {
      for (size_t i = 0; i < kWidth; ++i) {
        feedback.u.data()[j * feedback.stride + p * kWidth + i] = h.data()[(p * k16 + j) * kWidth + i] / root;
      }
    }
  }
  return feedback;
}

}  // namespace linnet::engine
