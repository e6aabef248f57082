// The row passes against plain double-precision code, and bit for bit between the tiers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "tests/kernels/tiers_under_test.h"

namespace linnet::kernels {
namespace {

using tests::Matrix;
using Row = std::vector<double>;

constexpr size_t kColumns[] = {1, 2, 7, 15, 16, 17, 31, 32, 33, 100, 384, 385};
constexpr size_t kRows[] = {1, 3, 4, 5, 9};

std::vector<float> random_vector(size_t n, uint32_t seed) {
  tests::RandomFloats random(seed);
  std::vector<float> v(n);
  for (float& x : v) x = random();
  return v;
}

Row row_of(const Matrix& x, size_t i, size_t n) {
  Row row(n);
  for (size_t j = 0; j < n; ++j) row[j] = x.at(i, j);
  return row;
}

// Runs `pass` on the same matrix with each tier: the first tier's result is near `expected`, the
// others have its bits, and nothing outside the rows changes. `room`: columns the pass may write.
void check(size_t rows, size_t n, size_t room, double tolerance,
           const std::function<void(const Kernels&, Matrix&)>& pass,
           const std::function<Row(size_t, const Row&)>& expected) {
  tests::RandomFloats random(static_cast<uint32_t>(rows * 1000 + n));
  Matrix original(rows, room, room + 3);
  original.fill(random);
  std::optional<Matrix> first;
  for (const auto& tier : tests::tiers_under_test()) {
    Matrix x = original;
    pass(*tier.kernels, x);
    EXPECT_TRUE(x.canaries_live()) << tier.name << " " << rows << " x " << n;
    if (first) {
      EXPECT_TRUE(x.same_bits(*first)) << tier.name << " " << rows << " x " << n;
      continue;
    }
    first = x;
    for (size_t i = 0; i < rows; ++i) {
      const Row want = expected(i, row_of(original, i, n));
      for (size_t j = 0; j < n; ++j) {
        ASSERT_NEAR(x.at(i, j), want[j], tolerance * std::max(1.0, std::abs(want[j])))
            << "row " << i << " column " << j << " of " << n;
      }
    }
  }
}

void for_shapes(const std::function<void(size_t, size_t)>& f) {
  for (const size_t n : kColumns) {
    for (const size_t rows : kRows) f(rows, n);
  }
}

double gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST(RowPasses, BiasAndActivations) {
  for_shapes([](size_t rows, size_t n) {
    const std::vector<float> bias = random_vector(n, 5);
    const auto mapped = [&](double (*f)(double)) {
      return [&bias, f](size_t, const Row& x) {
        Row y(x.size());
        for (size_t j = 0; j < x.size(); ++j) {
          y[j] = f(static_cast<double>(static_cast<float>(x[j]) + bias[j]));
        }
        return y;
      };
    };
    check(rows, n, n, 0, [&](const Kernels& k, Matrix& x) {
      k.add_bias(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) { return v; }));
    check(rows, n, n, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.add_bias_gelu(x.data(), x.ld(), rows, n, bias.data());
    }, mapped(gelu));
    check(rows, n, n, 2e-7, [&](const Kernels& k, Matrix& x) {
      k.add_bias_tanh(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) { return std::tanh(v); }));
    check(rows, n, n, 0, [&](const Kernels& k, Matrix& x) {
      k.add_bias_relu(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) { return std::max(v, 0.0); }));
    check(rows, n, n, 5e-7, [&](const Kernels& k, Matrix& x) {
      k.add_bias_gelu_tanh(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) {
      return v / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)));
    }));
  });
}

TEST(RowPasses, ScaleAndDistanceBias) {
  for_shapes([](size_t rows, size_t n) {
    const std::vector<float> bias = random_vector(rows + n, 6);  // of the distances -rows + 1 to n
    check(rows, n, n, 1e-7, [&](const Kernels& k, Matrix& x) {
      k.scale_add_distance_bias(x.data(), x.ld(), rows, n, 0.3f, bias.data() + rows - 1);
    }, [&](size_t i, const Row& x) {
      Row y = x;
      for (size_t j = 0; j < n; ++j) {
        y[j] = x[j] * static_cast<double>(0.3f) + bias[rows - 1 + j - i];
      }
      return y;
    });
  });
}

TEST(RowPasses, OtherActivations) {
  for_shapes([](size_t rows, size_t n) {
    const std::vector<float> bias = random_vector(n, 5);
    const auto mapped = [&](double (*f)(double)) {
      return [&bias, f](size_t, const Row& x) {
        Row y(x.size());
        for (size_t j = 0; j < y.size(); ++j) y[j] = f(static_cast<float>(x[j]) + bias[j]);
        return y;
      };
    };
    check(rows, n, n, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.add_bias_silu(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) { return v / (1 + std::exp(-v)); }));
    check(rows, n, n, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.add_bias_sigmoid(x.data(), x.ld(), rows, n, bias.data());
    }, mapped([](double v) { return 1 / (1 + std::exp(-v)); }));
    check(rows, n, n, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.log1p_relu(x.data(), x.ld(), rows, n);
    }, [](size_t, const Row& x) {
      Row y = x;
      for (double& v : y) v = std::log1p(std::max(v, 0.0));
      return y;
    });
  });
}

// f(gate + bias) * (up + bias) in one pass has the bits of the passes it takes the place of.
TEST(RowPasses, Gates) {
  for_shapes([](size_t rows, size_t n) {
    const std::vector<float> bias = random_vector(2 * n, 5);
    const auto check_gate = [&](auto gate, auto activation, double (*f)(double)) {
      for (const float* b : {bias.data(), static_cast<const float*>(nullptr)}) {
        const float* up_bias = b == nullptr ? nullptr : b + n;
        check(rows, 2 * n, 2 * n, 6e-7, [&](const Kernels& k, Matrix& x) {
          Matrix apart = x;
          (k.*gate)(x.data(), x.ld(), rows, n, b);
          (k.*activation)(apart.data(), apart.ld(), rows, n, b);
          k.add_bias(apart.data() + n, apart.ld(), rows, n, up_bias);
          for (size_t i = 0; i < rows; ++i) {
            for (size_t j = 0; j < n; ++j) {
              EXPECT_EQ(x.at(i, j), apart.at(i, j) * apart.at(i, n + j)) << i << " " << j;
            }
          }
        }, [&](size_t, const Row& x) {
          Row y = x;
          for (size_t j = 0; j < n; ++j) {
            const float g = b == nullptr ? 0.0f : b[j], u = b == nullptr ? 0.0f : b[n + j];
            y[j] = f(static_cast<double>(static_cast<float>(x[j]) + g)) *
                   static_cast<double>(static_cast<float>(x[n + j]) + u);
          }
          return y;
        });
      }
    };
    check_gate(&Kernels::gate_gelu, &Kernels::add_bias_gelu, gelu);
    check_gate(&Kernels::gate_gelu_tanh, &Kernels::add_bias_gelu_tanh, [](double v) {
      return v / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)));
    });
    check_gate(&Kernels::gate_relu, &Kernels::add_bias_relu, [](double v) { return std::max(v, 0.0); });
    check_gate(&Kernels::gate_silu, &Kernels::add_bias_silu, [](double v) { return v / (1 + std::exp(-v)); });
  });
}

// (a + i b) (cos + i sin), as complex numbers.
TEST(RowPasses, Rotation) {
  for (const size_t half : {1, 8, 15, 16, 17, 32, 48}) {
    const size_t rows = 5;
    std::vector<float> angles(rows * half), sines(rows * half), cosines(rows * half);
    for (size_t i = 0; i < angles.size(); ++i) angles[i] = 0.37f * static_cast<float>(i);
    kernels_for(best_isa()).sin_cos(angles.data(), angles.size(), sines.data(), cosines.data());
    check(rows, 2 * half, 2 * half, 1e-6, [&](const Kernels& k, Matrix& x) {
      k.rotate_halves(x.data(), x.ld(), rows, half, sines.data(), cosines.data(), half);
    }, [&](size_t i, const Row& x) {
      Row y = x;
      for (size_t j = 0; j < half; ++j) {
        const double angle = angles[i * half + j];
        y[j] = x[j] * std::cos(angle) - x[half + j] * std::sin(angle);
        y[half + j] = x[half + j] * std::cos(angle) + x[j] * std::sin(angle);
      }
      return y;
    });
  }
}

Row layer_norm(const Row& x, const std::vector<float>& gamma, const std::vector<float>& beta,
               double eps) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double variance = 0;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  Row y(x.size());
  for (size_t j = 0; j < x.size(); ++j) {
    y[j] = (x[j] - mean) / std::sqrt(variance + eps) * gamma[j] + beta[j];
  }
  return y;
}

TEST(RowPasses, ResidualAndLayerNorm) {
  for_shapes([](size_t rows, size_t n) {
    const auto bias = random_vector(n, 1), gamma = random_vector(n, 2), beta = random_vector(n, 3);
    Matrix added(rows, n, n + 2);
    tests::RandomFloats random(4);
    added.fill(random);
    check(rows, n, n, 4e-6, [&](const Kernels& k, Matrix& x) {  // y is the residual
      k.add_bias_residual_layer_norm(added.data(), added.ld(), bias.data(), x.data(), x.ld(),
                                     gamma.data(), beta.data(), 1e-5f, x.data(), x.ld(), rows, n);
    }, [&](size_t i, const Row& x) {
      Row sum(n);
      for (size_t j = 0; j < n; ++j) {
        sum[j] = static_cast<double>((added.at(i, j) + bias[j]) + static_cast<float>(x[j]));
      }
      return layer_norm(sum, gamma, beta, 1e-5);
    });
  });
}

TEST(RowPasses, ResidualAndNoNorm) {
  for_shapes([](size_t rows, size_t n) {
    const auto gamma = random_vector(n, 2), beta = random_vector(n, 3), zeros = std::vector<float>(n);
    Matrix added(rows, n, n + 2);
    tests::RandomFloats random(4);
    added.fill(random);
    const auto scaled = [&](size_t j, float sum) {
      return static_cast<double>(sum) * gamma[j] + static_cast<double>(beta[j]);
    };
    check(rows, n, n, 1e-7, [&](const Kernels& k, Matrix& x) {  // y is the residual
      k.residual_no_norm(added.data(), added.ld(), x.data(), x.ld(), gamma.data(), beta.data(), x.data(), x.ld(),
                         rows, n);
    }, [&](size_t i, const Row& x) {
      Row y(n);
      for (size_t j = 0; j < n; ++j) y[j] = scaled(j, added.at(i, j) + static_cast<float>(x[j]));
      return y;
    });
    check(rows, n, n, 1e-7, [&](const Kernels& k, Matrix& x) {  // y is x, and one row is the residual of all
      k.residual_no_norm(x.data(), x.ld(), zeros.data(), 0, gamma.data(), beta.data(), x.data(), x.ld(), rows, n);
    }, [&](size_t, const Row& x) {
      Row y(n);
      for (size_t j = 0; j < n; ++j) y[j] = scaled(j, static_cast<float>(x[j]));
      return y;
    });
  });
}

TEST(RowPasses, EmbeddingAndLayerNorm) {
  for_shapes([](size_t rows, size_t n) {
    const auto gamma = random_vector(n, 2), beta = random_vector(n, 3);
    const auto word = random_vector(9 * n, 4), type = random_vector(2 * n, 5),
               position = random_vector(9 * n, 6);
    std::vector<int32_t> ids(rows), types(rows), positions(rows);
    for (size_t i = 0; i < rows; ++i) {
      ids[i] = static_cast<int32_t>((i * 5 + 8) % 9);
      types[i] = static_cast<int32_t>(i % 2);
      positions[i] = static_cast<int32_t>(i);
    }
    check(rows, n, n, 4e-6, [&](const Kernels& k, Matrix& x) {
      k.embed_layer_norm(word.data(), type.data(), position.data(), ids.data(), types.data(),
                         positions.data(), gamma.data(), beta.data(), 1e-5f, x.data(), x.ld(), rows,
                         n);
    }, [&](size_t i, const Row&) {
      Row sum(n);
      for (size_t j = 0; j < n; ++j) {
        sum[j] = static_cast<double>((word[static_cast<size_t>(ids[i]) * n + j] +
                                      type[static_cast<size_t>(types[i]) * n + j]) +
                                     position[i * n + j]);
      }
      return layer_norm(sum, gamma, beta, 1e-5);
    });
  });
}

TEST(RowPasses, Softmax) {
  for_shapes([](size_t rows, size_t n) {
    const size_t room = (n + 15) / 16 * 16;
    std::vector<float> sums(rows);
    check(rows, n, room, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.softmax_unnormalized(x.data(), x.ld(), rows, n, 0.25f, sums.data());
      for (size_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (size_t j = 0; j < room; ++j) sum += j < n ? x.at(i, j) : 0;
        EXPECT_NEAR(sums[i], sum, 1e-6 * sum);
        for (size_t j = n; j < room; ++j) EXPECT_EQ(x.at(i, j), 0.0f);
      }
    }, [&](size_t, const Row& x) {
      const double most = *std::max_element(x.begin(), x.end());
      Row y(n);
      for (size_t j = 0; j < n; ++j) y[j] = std::exp(0.25 * (x[j] - most));
      return y;
    });
  });
}

TEST(RowPasses, DivideAndNormalize) {
  for_shapes([](size_t rows, size_t n) {
    std::vector<float> divisors(rows);
    tests::RandomFloats random(8);
    for (float& d : divisors) d = random.positive();
    check(rows, n, n, 1e-7, [&](const Kernels& k, Matrix& x) {
      k.divide_rows(x.data(), x.ld(), rows, n, divisors.data());
    }, [&](size_t i, const Row& x) {
      Row y = x;
      for (double& v : y) v /= divisors[i];
      return y;
    });
    check(rows, n, n, 3e-7, [&](const Kernels& k, Matrix& x) {
      k.l2_normalize(x.data(), x.ld(), rows, n);
    }, [&](size_t, const Row& x) {
      double squares = 0;
      for (const double v : x) squares += v * v;
      Row y = x;
      for (double& v : y) v /= std::max(std::sqrt(squares), 1e-12);
      return y;
    });
  });
}

TEST(RowPasses, MeanAndMax) {
  for_shapes([](size_t rows, size_t n) {
    Matrix x(rows, n, n + 1);
    tests::RandomFloats random(9);
    x.fill(random);
    std::vector<float> mean(n), max(n), first_mean, first_max;
    for (const auto& tier : tests::tiers_under_test()) {
      tier.kernels->mean_rows(x.data(), x.ld(), rows, n, mean.data());
      tier.kernels->max_rows(x.data(), x.ld(), rows, n, max.data());
      for (size_t j = 0; j < n; ++j) {
        double sum = 0, most = -INFINITY;
        for (size_t i = 0; i < rows; ++i) {
          sum += x.at(i, j);
          most = std::max<double>(most, x.at(i, j));
        }
        EXPECT_NEAR(mean[j], sum / static_cast<double>(rows), 1e-6);
        EXPECT_EQ(max[j], most);
      }
      if (first_mean.empty()) {
        first_mean = mean;
        first_max = max;
      }
      EXPECT_EQ(std::memcmp(mean.data(), first_mean.data(), n * sizeof(float)), 0) << tier.name;
      EXPECT_EQ(max, first_max) << tier.name;
    }
  });
}

TEST(RowPasses, MeanSqrtLenAndWeightedMean) {
  for_shapes([](size_t rows, size_t n) {
    Matrix x(rows, n, n + 1);
    tests::RandomFloats random(10);
    x.fill(random);
    std::vector<float> by_root(n), weighted(n), first_by_root, first_weighted;
    for (const auto& tier : tests::tiers_under_test()) {
      tier.kernels->mean_sqrt_len_rows(x.data(), x.ld(), rows, n, by_root.data());
      const size_t first = 1 + n % 3;
      tier.kernels->weighted_mean_rows(x.data(), x.ld(), first, rows, n, weighted.data());
      for (size_t j = 0; j < n; ++j) {
        double sum = 0, weighted_sum = 0, weights = 0;
        for (size_t i = 0; i < rows; ++i) {
          const double weight = static_cast<double>(first + i);
          sum += x.at(i, j);
          weighted_sum += weight * x.at(i, j);
          weights += weight;
        }
        EXPECT_NEAR(by_root[j], sum / std::sqrt(static_cast<double>(rows)), 5e-6);
        EXPECT_NEAR(weighted[j], weighted_sum / weights, 2e-6);
      }
      if (first_by_root.empty()) {
        first_by_root = by_root;
        first_weighted = weighted;
      }
      EXPECT_EQ(std::memcmp(by_root.data(), first_by_root.data(), n * sizeof(float)), 0) << tier.name;
      EXPECT_EQ(std::memcmp(weighted.data(), first_weighted.data(), n * sizeof(float)), 0) << tier.name;
    }
  });
}

// Bits move, nothing else changes: the panel's other lanes belong to others.
TEST(RowPasses, TransposeRows) {
  for (const size_t n : {1, 3, 4, 7, 16, 31, 32, 33, 64}) {
    for (size_t rows = 1; rows <= 16; ++rows) {
      Matrix x(rows, n, n + 3);
      tests::RandomFloats random(11);
      x.fill(random);
      for (const auto& tier : tests::tiers_under_test()) {
        for (size_t lane = 0; lane + rows <= 16; lane += 5) {
          Matrix panel(n, 16, 16), want = panel;
          tier.kernels->transpose_rows(x.data(), x.ld(), rows, n, panel.data() + lane);
          for (size_t j = 0; j < n; ++j) {
            for (size_t i = 0; i < rows; ++i) want.at(j, lane + i) = x.at(i, j);
          }
          EXPECT_TRUE(panel.same_bits(want)) << tier.name << " " << rows << " x " << n << " from lane " << lane;
        }
      }
    }
  }
}

// A row of zeros has no direction: it stays, instead of becoming NaN.
TEST(RowPasses, NormalizeLeavesZeros) {
  for (const auto& tier : tests::tiers_under_test()) {
    std::vector<float> x(20, 0.0f);
    tier.kernels->l2_normalize(x.data(), 20, 1, 20);
    for (const float v : x) EXPECT_EQ(v, 0.0f) << tier.name;
  }
}

}  // namespace
}  // namespace linnet::kernels
