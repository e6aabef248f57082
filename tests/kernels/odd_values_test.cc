// Every kernel on zeros, subnormals, huge numbers, infinities and NaN among ordinary ones: each tier has the first
// one's bits, and NaN where it has NaN. What ordinary numbers give is compared with plain code in the other tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <limits>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using Floats = std::vector<float>;

enum class Mix { kZeros, kSubnormal, kHuge, kNotFinite, kAnyBits };
constexpr Mix kMixes[] = {Mix::kZeros, Mix::kSubnormal, Mix::kHuge, Mix::kNotFinite, Mix::kAnyBits};

class OddFloats {
 public:
  OddFloats(Mix mix, uint32_t seed) : mix_(mix), engine_(seed) {}

  float operator()() {
    const auto bits = static_cast<uint32_t>(engine_());
    if (mix_ == Mix::kAnyBits) return std::bit_cast<float>(bits);
    if (mix_ == Mix::kSubnormal && bits % 2 == 0) return std::bit_cast<float>(bits & 0x807FFFFF);
    const float huge[] = {3.4e38f, -3.3e38f, 1e19f, -1e19f, 88.0f, -88.0f};
    if (mix_ >= Mix::kHuge && bits % 5 == 0) return huge[bits / 5 % std::size(huge)];
    if (mix_ == Mix::kNotFinite && bits % 23 == 1) return std::bit_cast<float>(0x7F800000 | (bits & 0x80000000));
    if (mix_ == Mix::kNotFinite && bits % 37 == 2) return std::bit_cast<float>(0x7FC00000 | (bits & 0x803FFFFF));
    return mix_ == Mix::kZeros ? 0.0f : normal_(engine_);
  }
  Floats several(size_t n) {
    Floats values(n);
    std::generate(values.begin(), values.end(), std::ref(*this));
    return values;
  }

 private:
  Mix mix_;
  std::mt19937 engine_;
  std::normal_distribution<float> normal_;
};

bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

// What `run` gives with each tier.
void compare(const char* name, const std::function<Floats(const Kernels&)>& run) {
  Floats first;
  for (const auto& tier : tests::tiers_under_test()) {
    const Floats found = run(*tier.kernels);
    if (first.empty()) first = found;
    ASSERT_EQ(found.size(), first.size());
    const auto [a, b] = std::mismatch(found.begin(), found.end(), first.begin(), same);
    ASSERT_TRUE(a == found.end()) << name << ", " << tier.name << ": " << *a << ", expected " << *b << " at "
                                  << a - found.begin();
  }
}

struct Shape {
  size_t rows, n;
  size_t ld() const { return (n + 15) / 16 * 16 + 5; }
  size_t bytes_ld() const { return (n + 3) / 4 * 4 + 3; }
};
constexpr Shape kShapes[] = {{1, 1}, {3, 2}, {5, 16}, {4, 17}, {2, 63}, {7, 129}};  // few: emulated CPUs are slow

void for_all(const std::function<void(Shape, OddFloats&)>& check) {
  for (const Mix mix : kMixes) {
    for (const Shape shape : kShapes) {
      OddFloats random(mix, static_cast<uint32_t>(shape.n));
      check(shape, random);
      if (!testing::Test::HasFatalFailure()) continue;
      FAIL() << "values " << static_cast<int>(mix) << ", " << shape.rows << " x " << shape.n;
    }
  }
}

TEST(OddValues, Activations) {
  using Pass = void (*Kernels::*)(float*, size_t, size_t, size_t, const float*);
  constexpr std::pair<const char*, Pass> kPasses[] = {
      {"bias", &Kernels::add_bias},          {"gelu", &Kernels::add_bias_gelu},
      {"relu", &Kernels::add_bias_relu},     {"gelu_tanh", &Kernels::add_bias_gelu_tanh},
      {"silu", &Kernels::add_bias_silu},     {"sigmoid", &Kernels::add_bias_sigmoid},
      {"tanh", &Kernels::add_bias_tanh},     {"gate_gelu", &Kernels::gate_gelu},
      {"gate_relu", &Kernels::gate_relu},    {"gate_gelu_tanh", &Kernels::gate_gelu_tanh},
      {"gate_silu", &Kernels::gate_silu},
  };
  for_all([&](Shape s, OddFloats& random) {
    const Floats x = random.several(s.rows * 2 * s.ld()), bias = random.several(2 * s.n);
    for (const auto& [name, pass] : kPasses) {
      for (const float* b : {bias.data(), static_cast<const float*>(nullptr)}) {
        compare(name, [&](const Kernels& k) {
          Floats y = x;
          (k.*pass)(y.data(), 2 * s.ld(), s.rows, s.n, b);
          return y;
        });
      }
    }
    compare("log1p_relu", [&](const Kernels& k) {
      Floats y = x;
      k.log1p_relu(y.data(), s.ld(), s.rows, s.n);
      return y;
    });
  });
}

TEST(OddValues, NormsAndPooling) {
  for_all([](Shape s, OddFloats& random) {
    const size_t ld = s.ld();
    const Floats x = random.several(s.rows * ld), residual = random.several(s.rows * ld), a = random.several(s.n),
                 b = random.several(s.n), bias = random.several(s.n);
    const std::vector<int32_t> ids(s.rows, 0);
    compare("layer_norm", [&](const Kernels& k) {
      Floats y = residual;
      k.add_bias_residual_layer_norm(x.data(), ld, bias.data(), y.data(), ld, a.data(), b.data(), 1e-12f, y.data(), ld,
                                     s.rows, s.n);
      return y;
    });
    compare("no_norm", [&](const Kernels& k) {
      Floats y = residual;
      k.residual_no_norm(x.data(), ld, y.data(), ld, a.data(), b.data(), y.data(), ld, s.rows, s.n);
      return y;
    });
    compare("embed_layer_norm", [&](const Kernels& k) {
      Floats y = residual;
      k.embed_layer_norm(x.data(), residual.data(), bias.data(), ids.data(), ids.data(), ids.data(), a.data(), b.data(),
                         1e-12f, y.data(), ld, s.rows, s.n);
      return y;
    });
    using Pool = void (*Kernels::*)(const float*, size_t, size_t, size_t, float*);
    for (const Pool pool : {Pool{&Kernels::mean_rows}, Pool{&Kernels::max_rows}, Pool{&Kernels::mean_sqrt_len_rows}}) {
      compare("pooling", [&](const Kernels& k) {
        Floats y(s.n);
        (k.*pool)(x.data(), ld, s.rows, s.n, y.data());
        return y;
      });
    }
    compare("weighted_mean_rows", [&](const Kernels& k) {
      Floats y(s.n);
      k.weighted_mean_rows(x.data(), ld, 3, s.rows, s.n, y.data());
      return y;
    });
    compare("l2_normalize", [&](const Kernels& k) {
      Floats y = x;
      k.l2_normalize(y.data(), ld, s.rows, s.n);
      return y;
    });
    compare("divide_rows", [&](const Kernels& k) {
      Floats y = x;
      k.divide_rows(y.data(), ld, s.rows, s.n, residual.data());
      return y;
    });
    compare("scale_add_distance_bias", [&](const Kernels& k) {
      const Floats distance = OddFloats(Mix::kNotFinite, 1).several(s.rows + s.n);
      Floats y = x;
      k.scale_add_distance_bias(y.data(), ld, s.rows, s.n, 0.17f, distance.data() + s.rows - 1);
      return y;
    });
  });
}

TEST(OddValues, Softmax) {
  for_all([](Shape s, OddFloats& random) {
    const Floats x = random.several(s.rows * s.ld());
    for (const float scale : {1.0f, 0.17f}) {
      compare("softmax_unnormalized", [&](const Kernels& k) {
        Floats y = x, sums(s.rows);
        k.softmax_unnormalized(y.data(), s.ld(), s.rows, s.n, scale, sums.data());
        y.insert(y.end(), sums.begin(), sums.end());
        return y;
      });
      compare("softmax_split14", [&](const Kernels& k) {
        std::vector<uint8_t> parts(2 * s.rows * s.bytes_ld());
        Floats y = x, found(s.rows);
        k.softmax_split14(y.data(), s.ld(), s.rows, s.n, scale, parts.data(), s.bytes_ld(), found.data());
        for (size_t i = 0; i < s.rows; ++i) {
          if (std::isnan(found[i])) continue;  // a row of which nothing is used
          found.insert(found.end(), parts.begin() + static_cast<ptrdiff_t>(2 * i * s.bytes_ld()),
                       parts.begin() + static_cast<ptrdiff_t>((2 * i + 2) * s.bytes_ld()));
        }
        return found;
      });
    }
  });
}

// Bytes, scales and zeros.
template <typename Quantize>
void compare_bytes(const char* name, Shape s, const Quantize& quantize) {
  compare(name, [&](const Kernels& k) {
    std::vector<uint8_t> bytes(s.rows * s.bytes_ld());
    std::vector<int32_t> zeros(s.rows);
    Floats found(s.rows);
    const Floats y = quantize(k, QuantizedRows{bytes.data(), s.bytes_ld(), found.data(), zeros.data()});
    found.insert(found.end(), bytes.begin(), bytes.end());
    for (const int32_t zero : zeros) found.push_back(static_cast<float>(zero));
    found.insert(found.end(), y.begin(), y.end());
    return found;
  });
}

TEST(OddValues, Quantizing) {
  for_all([](Shape s, OddFloats& random) {
    const size_t ld = s.ld();
    const Floats x = random.several(s.rows * ld), residual = random.several(s.rows * ld), a = random.several(s.n),
                 b = random.several(s.n);
    Floats factors = OddFloats(Mix::kSubnormal, 3).several(s.n);
    for (float& factor : factors) factor = 0.1f + std::abs(factor);
    compare_bytes("quantize_rows", s, [&](const Kernels& k, const QuantizedRows& q) {
      k.quantize_rows(x.data(), ld, s.rows, s.n, factors.data(), q);
      return Floats();
    });
    compare_bytes("quantize_queries", s, [&](const Kernels& k, const QuantizedRows& q) {
      k.quantize_queries(x.data(), ld, s.rows, s.n, q);
      return Floats();
    });
    compare_bytes("gelu_quantize", s, [&](const Kernels& k, const QuantizedRows& q) {
      Floats y = x;
      k.gelu_quantize(y.data(), ld, s.rows, s.n, factors.data(), q);
      return y;
    });
    compare_bytes("residual_layer_norm_quantize", s, [&](const Kernels& k, const QuantizedRows& q) {
      Floats y = residual;
      k.residual_layer_norm_quantize(x.data(), ld, y.data(), ld, a.data(), b.data(), 1e-12f, y.data(), ld, s.rows, s.n,
                                     factors.data(), q);
      return y;
    });
  });
}

TEST(OddValues, Products) {
  for_all([](Shape s, OddFloats& random) {
    const size_t panels = 1 + s.rows % 4;
    const Floats x = random.several(s.rows * s.ld()), b = random.several(panels * s.n * 16);
    compare("gemm_f32", [&](const Kernels& k) {
      Floats y(s.rows * panels * 16);
      k.gemm_f32(x.data(), s.ld(), s.rows, b.data(), panels, s.n, y.data(), panels * 16);
      return y;
    });
    compare("quantize_panels", [&](const Kernels& k) {
      const size_t columns = panels * 16, bytes = (s.n + 3) / 4 * 4 * 16;
      std::vector<int8_t> values(panels * bytes);
      std::vector<int32_t> sums(columns);
      Floats found(columns);
      k.quantize_panels(b.data(), panels, s.n, {values.data(), found.data(), sums.data()});
      for (size_t j = 0; j < columns; ++j) {
        if (std::isnan(found[j])) continue;  // a column of which nothing is used
        found.push_back(static_cast<float>(sums[j]));
        for (size_t l = 0; l < bytes / 16; ++l) {
          found.push_back(values[j / 16 * bytes + l / 4 * 64 + j % 16 * 4 + l % 4]);
        }
      }
      return found;
    });
  });
}

TEST(OddValues, NormalizeMakesNanOfARowWithNan) {
  for (const auto& tier : tests::tiers_under_test()) {
    float x[2][20] = {};
    std::fill_n(x[0], 40, 0.5f);
    x[0][3] = std::numeric_limits<float>::quiet_NaN();
    tier.kernels->l2_normalize(x[0], 20, 2, 20);
    EXPECT_TRUE(std::all_of(x[0], x[0] + 20, [](float v) { return std::isnan(v); })) << tier.name;
    EXPECT_NEAR(x[1][0], 1 / std::sqrt(20.0f), 1e-6f) << tier.name;
  }
}

}  // namespace
}  // namespace linnet::kernels
