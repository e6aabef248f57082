// No entry reads or writes beyond what it is given: every array ends where a page begins that may not be
// touched.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

// `size` elements, the first byte after them on a forbidden page.
template <typename T>
class Guarded {
 public:
  Guarded(size_t size, T value) {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t bytes = (size * sizeof(T) + page - 1) / page * page;
    length_ = bytes + page;
    void* all = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) std::abort();
    start_ = static_cast<char*>(all);
    if (::mprotect(start_ + bytes, page, PROT_NONE) != 0) std::abort();
    data_ = reinterpret_cast<T*>(start_ + bytes) - size;
    std::fill_n(data_, size, value);
  }
  ~Guarded() { ::munmap(start_, length_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  T* data() { return data_; }

 private:
  char* start_;
  size_t length_;
  T* data_;
};

TEST(GuardPages, Products) {
  for (const auto& tier : tests::tiers_under_test()) {
    for (const size_t m : {1, 2, 3, 4, 5, 7, 13, 16, 17, 31}) {
      for (const size_t k : {1, 4, 30, 61}) {
        for (const size_t panels : {1, 2, 3, 5}) {
          const size_t n = 16 * panels, k4 = (k + 3) / 4 * 4;
          Guarded<float> a(m * k, 0.5f), b(n * k, 2.0f), c(m * n, 0.0f);
          tier.kernels->gemm_f32(a.data(), k, m, b.data(), panels, k, c.data(), n);
          EXPECT_EQ(c.data()[m * n - 1], static_cast<float>(k)) << tier.name;

          Guarded<uint8_t> q(m * k4, 3);
          Guarded<int8_t> w(n * k4, 1);
          Guarded<float> row_scale(m, 1.0f), scale(n, 1.0f), bias(n, 0.0f);
          Guarded<int32_t> zero(m, 1), sums(n, static_cast<int32_t>(k4));
          tier.kernels->gemm_s8({q.data(), k4, row_scale.data(), zero.data()}, m,
                                {w.data(), panels, k4, scale.data(), sums.data(), bias.data()},
                                c.data(), n);
          EXPECT_EQ(c.data()[m * n - 1], static_cast<float>(2 * k4)) << tier.name;
        }
      }
    }
  }
}

TEST(GuardPages, RowPasses) {
  for (const auto& tier : tests::tiers_under_test()) {
    const Kernels& k = *tier.kernels;
    for (const size_t rows : {1, 3, 4, 5}) {
      for (const size_t n : {1, 4, 15, 16, 17, 33, 47}) {
        const size_t n4 = (n + 3) / 4 * 4, n16 = (n + 15) / 16 * 16;
        Guarded<float> x(rows * n, 0.5f), y(rows * n, 1.0f), v(n, 1.0f), u(n, 0.25f), s(rows, 2.0f);
        Guarded<float> wide(rows * n16, 0.5f), pair(rows * 2 * n, 0.5f), biases(2 * n, 1.0f);
        Guarded<uint8_t> bytes(rows * n4, 7);
        Guarded<float> scale(rows, 0.0f);
        Guarded<int32_t> zero(rows, 0);
        const QuantizedRows q{bytes.data(), n4, scale.data(), zero.data()};
        for (const auto pass : {k.add_bias, k.add_bias_gelu, k.add_bias_gelu_tanh, k.add_bias_relu,
                                k.add_bias_silu, k.add_bias_sigmoid, k.add_bias_tanh}) {
          pass(x.data(), n, rows, n, v.data());
          pass(x.data(), n, rows, n, nullptr);
        }
        k.quantize_rows(x.data(), n, rows, n, v.data(), q);
        k.gelu_quantize(x.data(), n, rows, n, v.data(), q);
        k.residual_layer_norm_quantize(x.data(), n, y.data(), n, v.data(), u.data(), 1e-5f, y.data(), n,
                                       rows, n, v.data(), q);
        k.add_bias_residual_layer_norm(x.data(), n, u.data(), y.data(), n, v.data(), u.data(), 1e-5f,
                                       y.data(), n, rows, n);
        k.residual_no_norm(x.data(), n, y.data(), n, v.data(), u.data(), y.data(), n, rows, n);
        k.softmax_unnormalized(wide.data(), n16, rows, n, 0.5f, s.data());
        k.divide_rows(x.data(), n, rows, n, s.data());
        Guarded<uint8_t> parts(2 * rows * n4, 7);
        k.softmax_split14(wide.data(), n16, rows, n, 0.5f, parts.data(), n4, s.data());
        k.quantize_queries(x.data(), n, rows, n, q);
        k.divide_split14(pair.data(), n, rows, n, s.data(), x.data(), n);
        Guarded<float> panels(rows * n * 16, 0.5f), panel_scale(rows * 16, 0.0f);
        Guarded<int8_t> panel_values(rows * n4 * 16, 7);
        Guarded<int32_t> panel_sums(rows * 16, 7);
        k.quantize_panels(panels.data(), rows, n, {panel_values.data(), panel_scale.data(), panel_sums.data()});
        k.log1p_relu(x.data(), n, rows, n);
        for (const auto gate : {k.gate_gelu, k.gate_gelu_tanh, k.gate_relu, k.gate_silu}) {
          gate(pair.data(), 2 * n, rows, n, biases.data());
          gate(pair.data(), 2 * n, rows, n, nullptr);
        }
        Guarded<float> panel(16 * (n - 1) + rows, 0.0f);
        k.transpose_rows(x.data(), n, rows, n, panel.data());
        k.mean_rows(x.data(), n, rows, n, v.data());
        k.max_rows(x.data(), n, rows, n, v.data());
        k.mean_sqrt_len_rows(x.data(), n, rows, n, v.data());
        k.weighted_mean_rows(x.data(), n, 1, rows, n, v.data());
        k.l2_normalize(x.data(), n, rows, n);
        k.sin_cos(x.data(), rows * n, y.data(), x.data());
        if (n % 2 == 0) k.rotate_halves(x.data(), n, rows, n / 2, u.data(), v.data(), 0);
        if (n % 4 != 0) {
          EXPECT_EQ(bytes.data()[rows * n4 - 1], 0) << tier.name;  // the padding
        }
      }
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
